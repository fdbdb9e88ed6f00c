"""Every example runs as a person would run it, and finds the numbers that it should."""

import importlib.util
import math
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import approx_fprime

EXAMPLES = Path(__file__).parents[2] / "examples"
SCRIPTS = sorted(path.stem for path in EXAMPLES.glob("*.py"))


def load(name):
    """The names of an example, imported as a module (its `main` does not run)."""
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return vars(module)


@pytest.mark.parametrize("name", SCRIPTS)
def test_script_runs(name, capsys):
    runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
    assert capsys.readouterr().out


def test_tutorial_gives_the_tutorial_s_numbers():
    tutorial = load("tutorial")
    assert tutorial["polynomial"](2.0) == 7.0
    assert tutorial["two_variables"](5.0, 4.0) == (4.0, 13.0)
    assert tutorial["neuron"](2.0, 3.0, 5.0) == (60.0, 40.0, 20.0)
    assert tutorial["detached"](2.0) == 16.0
    assert tutorial["detached_block"](2.0) == 16.0


@pytest.mark.parametrize("spot, volatility", [(105.0, 0.2), (60.0, 0.35), (150.0, 0.1)])
def test_delta_and_vega_are_the_closed_form(spot, volatility):
    example = load("black_scholes")
    assert example["greeks"](spot, volatility) == pytest.approx(example["closed_form"](spot, volatility),
                                                                rel=1e-11)


def test_black_scholes_certificate_is_good():
    assert load("black_scholes")["greeks"].verify(105.0, 0.2).ok


def test_projectile_slopes_are_those_of_differences():
    example = load("projectile")
    value, slopes = example["range_and_slopes"](0.7, 30.0)
    assert value == example["flight_range"](0.7, 30.0)
    assert slopes == pytest.approx(_central(example["flight_range"], (0.7, 30.0), 1e-6), rel=1e-6)
    angle = example["best_angle"](30.0)
    nearby = [example["flight_range"](angle + d, 30.0) for d in (-0.02, 0.02)]
    assert example["flight_range"](angle, 30.0) > max(nearby)


def test_building_energy_slopes_are_those_of_differences():
    example = load("building_energy")
    at = (20.5, 17.0, 0.18)
    cost, slopes = example["cost_and_gradient"](*at)
    assert cost == example["daily_cost"](*at)
    assert slopes == pytest.approx(_central(example["daily_cost"], at, 1e-6), rel=1e-6)


def test_iris_coefficients_are_the_published_ones():
    example = load("iris")
    weights, value = example["train"](*example["load_flowers"]())
    assert weights == pytest.approx([-42.6378, -2.4652, -6.6809, 9.4294, 18.2861], rel=1e-3)
    assert 2 * value == pytest.approx(11.8985, abs=1e-3)


def test_lotka_volterra_rates_are_near_the_published_ones():
    example = load("lotka_volterra")
    unknowns, least = example["fit"](*example["load_pelts"]())
    assert unknowns[:4] == pytest.approx([0.55, 0.028, 0.80, 0.024], rel=0.04)
    assert least == pytest.approx(2.0187, abs=1e-3)


def test_nile_variances_are_those_of_durbin_and_koopman():
    example = load("nile")
    noise, drift, likelihood = example["fit"](example["load_volumes"]())
    assert noise == pytest.approx(15099.0, rel=1e-3)
    assert drift == pytest.approx(1469.1, rel=1e-3)
    assert likelihood == pytest.approx(-632.546, abs=1e-2)


@pytest.mark.parametrize("eccentricity, mean_anomaly", [(0.3, 0.8), (0.05, 2.0), (0.7, 1.5)])
def test_newton_s_recursion_obeys_the_implicit_function_theorem(eccentricity, mean_anomaly):
    example = load("newton")
    expected = example["by_implicit_function_theorem"](eccentricity, mean_anomaly)
    assert example["slopes"](eccentricity, mean_anomaly) == pytest.approx(expected, rel=1e-9)


def test_two_layer_net_learns_exclusive_or():
    example = load("two_layer_net")
    parameters, value = example["train"](example["initial"]())
    assert value < 1e-6
    predictions = example["predict"](parameters, example["INPUTS"])
    assert np.round(predictions) == pytest.approx(example["TARGETS"])


def test_two_layer_net_gradient_has_the_structure_of_the_parameters():
    from adcompiler import grad

    example = load("two_layer_net")
    parameters = example["initial"](width=3)
    gradient = grad(example["loss"])(parameters, example["INPUTS"], example["TARGETS"])
    assert list(gradient) == list(parameters)
    for name in ("w1", "b1", "w2"):
        def along(flat, name=name):
            changed = {**parameters, name: flat.reshape(parameters[name].shape)}
            return example["loss"](changed, example["INPUTS"], example["TARGETS"])

        expected = approx_fprime(parameters[name].ravel(), along, 1e-7)
        assert gradient[name].shape == parameters[name].shape
        assert gradient[name].ravel() == pytest.approx(expected, rel=1e-5, abs=1e-6)
    assert isinstance(gradient["b2"], float)


def _central(f, at, step):
    """Central differences with a relative step."""
    slopes = []
    for k, value in enumerate(at):
        h = step * max(1.0, math.fabs(value))
        ahead, behind = list(at), list(at)
        ahead[k] += h
        behind[k] -= h
        slopes.append((f(*ahead) - f(*behind)) / (2 * h))
    return tuple(slopes)
