"""Learning-rate theory: public names, loaded on first use so that the import costs next to nothing."""

from lrtheory import lazy

__version__ = "0.1.0"
__getattr__, __dir__, __all__ = lazy.names(
    __name__,
    {
        "landscape": "Landscape gradient hvp pack unpack",
        "descent": "GradientDescent HeavyBall Nesterov NoisyGradientDescent Rule Trajectory batches constant "
        "cosine descend step_decay",
        "seeds": "generator",
        "claims": "Claim Verdict",
        "results": "MissingResult Result Store experiment",
        "explorer": "Choice Slider explore",
        "sweeps": "Point Sweep SweepRefused SweepStopped stored_sweeps sweep",
    },
    here="__version__ chaos data diagrams lazy_rnn learning_order measure plotting",
    door="all",
)
