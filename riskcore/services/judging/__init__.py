"""How good models are: on later time, on strangers, by kind of attack, always with intervals."""
