# ADC201 at 3:45
def f(x):
    größe = "Größe in Å"; y = x; return y * grösse
