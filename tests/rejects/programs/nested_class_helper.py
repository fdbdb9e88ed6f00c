# ADC5xx at ?:?
class Bag:
    def __init__(self):
        self.items = {}

    def put(self, key, x):
        self.items[key] = x


def f(x):
    bag = Bag()
    bag.put("a", x)
    return bag.items["a"]
