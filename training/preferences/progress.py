"""Report the progress of preference tuning, and stop it early."""

from typing import Any

from training.preferences.trainer import EVAL_ACCURACY, EVAL_MARGIN, EVAL_TEXT
from training.trainer.checkpointed import EVAL_LOSS
from training.trainer.progress_callback import ProgressCallback


class PreferenceProgress(ProgressCallback):
    """The progress of any training, with evaluations on pairs."""

    def on_evaluate(
        self, args: Any, state: Any, control: Any, metrics: Any = None, **_rest: Any
    ) -> None:
        """Report an evaluation; stop where the loss has not fallen for long enough."""
        losses = {e["step"]: e[EVAL_LOSS] for e in state.log_history if EVAL_LOSS in e}
        best_step = min(losses, key=losses.__getitem__)
        since_best = sum(step > best_step for step in losses)
        is_over = since_best >= self.early_stopping_patience
        control.should_training_stop = control.should_training_stop or is_over
        mark = "  best so far" if best_step == state.global_step else ""
        of_text = f", text {metrics[EVAL_TEXT]:.4f} bits per byte" if EVAL_TEXT in metrics else ""
        self.reporter.log(
            f"step {state.global_step}: {metrics[EVAL_ACCURACY]:.1%} of the held-out pairs as the "
            f"player chose, by {metrics[EVAL_MARGIN]:.2f} nats{of_text}, "
            f"loss {metrics[EVAL_LOSS]:.4f}{mark}"
        )
        if is_over:
            self.reporter.log(
                f"The last {since_best} evaluations were no better than step {best_step}; "
                "training stops."
            )
