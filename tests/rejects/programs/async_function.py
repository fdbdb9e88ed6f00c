# ADC112 at 2:1
async def f(x):
    return x * x
