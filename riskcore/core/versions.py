"""What a result was made with."""

from importlib.metadata import version

from riskcore import __version__

LIBRARIES = ("numpy", "pandas", "scikit-learn", "xgboost", "shap", "numba")  # those that can move a number


def libraries() -> dict[str, str]:
    """Version of each, and of riskcore itself."""
    return {name: version(name) for name in LIBRARIES} | {"riskcore": __version__}
