"""A day in a heated room: what it costs, and how the bill and the discomfort depend on the settings.

A room of one thermal mass loses heat through its walls, gains from the sun, and is heated by a radiator with
limited power whose thermostat has a day and a night setpoint. Cost is energy at an hourly price plus a
penalty for hours that are colder than the people in them like.

    python examples/building_energy.py
"""

from math import cos, pi

from adcompiler import value_and_grad

HOURS = 24
CAPACITY = 4.0       # kWh/K
PEAK_POWER = 6.0     # kW
COMFORT = 20.0       # degrees Celsius


def outdoor_temperature(hour):
    return 4.0 - 6.0 * cos(2.0 * pi * (hour - 3.0) / 24.0)


def solar_gain(hour):
    if 8 <= hour <= 16:
        return 1.2 * (1.0 - ((hour - 12.0) / 4.0) ** 2)
    return 0.0


def price(hour):
    return 0.32 if 7 <= hour < 22 else 0.20


def daily_cost(day_setpoint, night_setpoint, conductance, penalty=0.5, gain=2.0, temperature=17.0):
    """Euros for a day that begins at `temperature`; degrees Celsius, conductance of the walls in kW/K."""
    cost = 0.0
    for hour in range(HOURS):
        occupied = 6 <= hour < 23
        setpoint = day_setpoint if occupied else night_setpoint
        power = min(max(gain * (setpoint - temperature), 0.0), PEAK_POWER)
        loss = conductance * (temperature - outdoor_temperature(hour))
        temperature += (power + solar_gain(hour) - loss) / CAPACITY
        cost += price(hour) * power
        if occupied and temperature < COMFORT:
            cost += penalty * (COMFORT - temperature) ** 2
    return cost


cost_and_gradient = value_and_grad(daily_cost, wrt=("day_setpoint", "night_setpoint", "conductance"))


def main():
    cost, (by_day, by_night, by_conductance) = cost_and_gradient(20.5, 17.0, 0.18)
    print(f"cost of the day: {cost:.4f} EUR")
    print(f"one degree more by day:      {by_day:+.4f} EUR/K")
    print(f"one degree more by night:    {by_night:+.4f} EUR/K")
    print(f"walls that leak more:        {by_conductance:+.4f} EUR per kW/K")
    day, night = 20.5, 17.0
    for _ in range(300):
        _, (by_day, by_night, _) = cost_and_gradient(day, night, 0.18)
        day -= 0.05 * by_day
        night -= 0.05 * by_night
    cost = daily_cost(day, night, 0.18)
    print(f"cheapest day: setpoints of {day:.2f} and {night:.2f} degrees, {cost:.4f} EUR")


if __name__ == "__main__":
    main()
