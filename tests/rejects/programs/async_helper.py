# ADC112 at 7:5
async def later(x):
    return x * x


def f(x):
    async def inner(y):
        return y * y

    return x
