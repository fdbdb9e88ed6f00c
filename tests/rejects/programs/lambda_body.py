# ADC201 at 2:19
f = lambda x: x * fcator
