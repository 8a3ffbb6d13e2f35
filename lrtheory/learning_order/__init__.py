"""Learning order: a large rate learns what generalizes before what can be memorized (Li, Wei, Ma, 2019)."""

from lrtheory import lazy

__getattr__, __dir__, __all__ = lazy.names(
    __name__,
    {
        # What is descended:
        "models.wide_resnet": "WideResNet16",
        "models.small_cnn": "SmallCnn",
        "models.patches": "PatchTask random_patches",
        "models.schedules": "StepSchedule TrainingSchedule training_schedule",
        # What is predicted:
        # What is measured:
    },
    here="claims experiments",
    door="objects",
)
