"""How far a ball flies, with air drag, and the angle that takes it farthest.

The simulation ends at an event, the moment of landing, which is found by interpolating the last step; so the
range is a differentiable function of the angle although the number of steps is not.

    python examples/projectile.py
"""

from math import cos, degrees, radians, sin, sqrt

from adcompiler import value_and_grad


def flight_range(angle, speed, drag=0.01, dt=0.01):
    """Distance [m] at landing; angle in radians, speed in m/s, drag in 1/m."""
    x, y = 0.0, 1.5
    vx, vy = speed * cos(angle), speed * sin(angle)
    while True:
        v = sqrt(vx**2 + vy**2)
        vx -= dt * drag * v * vx
        vy -= dt * (9.81 + drag * v * vy)
        x_old, y_old = x, y
        x += dt * vx
        y += dt * vy
        if y < 0.0:
            break
    fraction = y_old / (y_old - y)
    return x_old + fraction * (x - x_old)


range_and_slopes = value_and_grad(flight_range, wrt=("angle", "speed"))


def best_angle(speed, start=0.5):
    """Climb to the greatest range with steps along the gradient."""
    angle = start
    for _ in range(60):
        _, (slope, _) = range_and_slopes(angle, speed)
        angle += 0.005 * slope
    return angle


def main():
    distance, (by_angle, by_speed) = range_and_slopes(radians(45.0), 30.0)
    print(f"at 45 degrees and 30 m/s: {distance:.3f} m, {by_angle:.3f} m/rad, {by_speed:.4f} m per m/s")
    angle = best_angle(30.0)
    print(f"farthest at {degrees(angle):.2f} degrees: {flight_range(angle, 30.0):.3f} m")


if __name__ == "__main__":
    main()
