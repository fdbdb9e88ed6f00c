# ADC5xx at 6:12
import struct


def f(x):
    return struct.unpack("d", struct.pack("d", x))[0]
