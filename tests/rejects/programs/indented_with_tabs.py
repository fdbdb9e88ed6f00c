# ADC201 at 4:11
def f(x):
	for i in range(3):
		x = x * factor
	return x
