"""How often a diagram embeds in a schedule of steps and examples: its coefficient, by every way to count."""
