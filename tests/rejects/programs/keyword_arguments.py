# ADC1xx at 2:12
def f(x, **options):
    return x * options["scale"]
