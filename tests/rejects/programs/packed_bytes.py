# ADC304 at 5:1
import struct


def f(x):
    return struct.unpack("d", struct.pack("d", x))[0]
