"""The presets of the page on clustering."""

from playground.language import N_
from playground.presets import Preset

PRESETS = (
    Preset(N_("A good run"), {},
           N_("Four groups, four centroids: a few half-steps and nothing moves any more.")),
    Preset(N_("Break it: a bad start"), {"start": "random", "seed": 11},
           N_("Two centroids share a group for ever while one must serve two. k-means is "
              "stuck, its inertia five times as high as it could be."),
           fix={"start": "kmeans++", "seed": 0}, fix_label=N_("Fix it: k-means++")),
    Preset(N_("Break it: moons"), {"dataset": "moons", "n_clusters": 2},
           N_("k-means cuts straight lines. It splits both moons instead of telling them "
              "apart."),
           fix={"method": "dbscan", "n_clusters": 4, "speed": 12.0},
           fix_label=N_("Fix it: DBSCAN, dense places"),
           more_fixes={N_("Fix it: spectral, chains of neighbours"): {"method": "spectral"}}),
    Preset(N_("Gaussian mixture"), {"dataset": "anisotropic", "n_clusters": 3,
                                    "method": "gmm", "seed": 4, "speed": 8.0},
           N_("Ellipses turn and stretch until each lies along one group. Points between two "
              "groups have a colour between theirs.")),
    Preset(N_("Break it: circles for long groups"),
           {"dataset": "anisotropic", "n_clusters": 3, "method": "gmm",
            "covariance": "spherical", "seed": 4, "speed": 8.0},
           N_("A circle cannot lie along a long group, so the circles cut the groups across."),
           fix={"covariance": "full"}, fix_label=N_("Fix it: any ellipse")),
    Preset(N_("DBSCAN on moons"),
           {"dataset": "moons", "method": "dbscan", "speed": 8.0},
           N_("From one dense point a cluster grows in waves, around every bend, until no "
              "dense point is in reach.")),
    Preset(N_("Break it: too small a radius"),
           {"dataset": "moons", "method": "dbscan", "eps": 0.06, "speed": 12.0},
           N_("Two points in three have too few neighbours to be core points: the two moons "
              "fall into 30 pieces, and 160 of 400 points are noise."),
           fix={"eps": 0.2}, fix_label=N_("Fix it: radius 0.2"),
           more_fixes={N_("Fix it: HDBSCAN, all radii at once"): {
               "method": "hdbscan", "eps": 0.2, "min_samples": 10}}),
    Preset(N_("A tree of merges"),
           {"method": "agglomerative", "speed": 8.0},
           N_("The two nearest clusters merge, again and again. Click into the tree to cut "
              "it higher or lower.")),
    Preset(N_("Break it: nothing to find"), {"dataset": "uniform"},
           N_("Uniform noise has no groups. k-means finds four of them all the same, and "
              "nothing in its figure says that they mean nothing."),
           fix={"method": "gap", "speed": 6.0},
           fix_label=N_("Fix it: ask whether there are groups")),
    Preset(N_("Digits"), {"dataset": "digits_pca", "n_clusters": 10, "speed": 6.0},
           N_("1,500 handwritten digits on their first two principal components.")),
)
