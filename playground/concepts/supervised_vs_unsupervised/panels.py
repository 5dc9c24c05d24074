"""Which figures the page of supervised and unsupervised learning has."""

from playground.concepts.supervised_vs_unsupervised.settings import (
    SupervisedVsUnsupervisedSettings,
)
from playground.language import N_, _
from playground.ui.bench.live_plot import Panel

QUALITY = {"class": ("accuracy", N_("Named rightly")),
           "box": ("box_iou", N_("Overlap of boxes (IoU)")),
           "mask": ("mask_iou", N_("Overlap of masks (IoU)"))}


def panels(settings: SupervisedVsUnsupervisedSettings) -> list[Panel]:
    """The plane or the scenes, and with labels the accuracy and the loss."""
    if settings.dataset == "scenes":
        return _of_scenes(settings.label_kind)
    if settings.labels == "hidden":
        return [Panel("plane", _("Points without labels, and the groups found"), square=True,
                      events=("click",),
                      alt=_("Points coloured by the group that was found"))]
    return [
        Panel("plane", _("Labelled points (hollow: test), learned regions"),
              square=True, events=("click",),
              alt=_("Points coloured by class over the regions of the classes")),
        Panel("accuracy", _("Accuracy, as labelled points come")
              if settings.classifier == "neighbours" else _("Accuracy"), kind="curve",
              alt=_("Share of points in the right region, in training and test")),
        Panel("loss", _("Cross-entropy"), kind="curve",
              alt=_("Cross-entropy in nats per point, in training and test")),
    ]


def _of_scenes(kind: str) -> list[Panel]:
    _measure, title = QUALITY[kind]
    colours = (N_("New pictures: blue right, orange wrong") if kind == "class"
               else N_("New pictures: blue is true, orange is found"))
    return [Panel("scenes", _(colours), weight=1.1,
                  alt=_("Twelve pictures with the class, the box or the mask that was found")),
            Panel("quality", _(title), kind="curve",
                  alt=_("How well the answers fit, in training and test")),
            Panel("loss", _("Loss"), kind="curve",
                  alt=_("The loss in nats, in training and test"))]
