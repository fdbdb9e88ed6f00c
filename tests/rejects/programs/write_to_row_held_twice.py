# ADC4xx at 5:5
def f(x):
    row = [0.0, 1.0]
    grid = [row, row]
    grid[0][1] = x
    return grid[1][1] * x
