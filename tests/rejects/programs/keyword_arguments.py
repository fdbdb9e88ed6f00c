# ADC312 at 3:24
def f(x, **options):
    return x * options["scale"]
