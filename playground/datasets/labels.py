"""What a visitor reads about each data set; translate with `_` where it is shown."""

from typing import NamedTuple

from playground.language import N_


class Label(NamedTuple):
    """The name of a data set on the screen, and one line about it."""

    title: str
    description: str


LABELS: dict[str, Label] = {
    "blobs": Label(N_("Blobs"), N_("Four round groups, well apart.")),
    "anisotropic": Label(N_("Stretched"), N_("Three long groups, side by side.")),
    "moons": Label(N_("Moons"), N_("Two half moons that reach into each other.")),
    "circles": Label(N_("Circles"), N_("A small circle inside a large one.")),
    "smiley": Label(N_("Smiley"), N_("A face, two eyes and a mouth.")),
    "uniform": Label(N_("Uniform noise"), N_("A square of points without any structure.")),
    "spiral": Label(N_("Spiral"), N_("Two arms that wind around each other.")),
    "checkerboard": Label(N_("Checkerboard"),
                          N_("Every second square of a board, filled evenly.")),
    "ring": Label(N_("Ring of 8"), N_("Eight round groups on a circle.")),
    "grid": Label(N_("Grid of 25"), N_("Twenty-five small groups, five by five.")),
    "tight_ring": Label(N_("Tight ring of 8"), N_("Eight needles on a circle.")),
    "line": Label(N_("Line"), N_("A straight stroke.")),
    "disjoint": Label(N_("Two islands"), N_("Two round groups in opposite corners.")),
    "swiss_roll": Label(N_("Swiss roll, 3-D"), N_("A sheet rolled up in three dimensions.")),
    "s_curve": Label(N_("S-curve, 3-D"), N_("A sheet bent like an S in three dimensions.")),
    "noise_10": Label(N_("Uniform noise, 10-D"),
                      N_("A cube in ten dimensions without any structure.")),
    "iris": Label(N_("Iris, 4-D"), N_("4 measures of 150 flowers of three species.")),
    "wine": Label(N_("Wine, 13-D"), N_("13 measures of 178 wines of three growers.")),
    "breast_cancer": Label(N_("Breast cancer, 30-D"),
                           N_("30 measures of 569 tumours, malignant or benign.")),
    "iris_pca": Label(N_("Iris in 2-D"), N_("The flowers, seen along their two widest "
                                            "directions.")),
    "wine_pca": Label(N_("Wine in 2-D"), N_("The wines, seen along their two widest "
                                            "directions.")),
    "breast_cancer_pca": Label(N_("Breast cancer in 2-D"),
                               N_("The tumours, seen along their two widest directions.")),
    "scenes": Label(N_("Scenes"), N_("Small pictures of one shape each.")),
    "mine": Label(N_("My own points"), N_("Points that you draw, or upload as a CSV file.")),
    "bars": Label(N_("Bars and stripes, 4 x 4"),
                  N_("All 30 pictures of whole rows or whole columns, black or white.")),
    "digits": Label(N_("Digits, 8 x 8"), N_("1,797 handwritten digits of 8 x 8 pixels.")),
    "digits_pca": Label(
        N_("Digits in 2-D"), N_("The 8 x 8 digits, seen along their two widest directions.")
    ),
    "mnist_pca": Label(
        N_("MNIST in 2-D"), N_("2,000 digits of MNIST, seen along their two widest directions.")
    ),
    "mnist_14": Label(N_("MNIST, 14 x 14"),
                      N_("10,000 handwritten digits, four pixels made into one.")),
    "mnist": Label(N_("MNIST, 10,000"), N_("10,000 handwritten digits of 28 x 28 pixels.")),
    "mnist_full": Label(
        N_("MNIST, all"), N_("All 70,000 digits of MNIST, downloaded on first use.")
    ),
    "fashion_14": Label(N_("Fashion, 14 x 14"),
                        N_("6,000 pictures of clothes, four pixels made into one.")),
    "fashion": Label(N_("Fashion, 6,000"), N_("6,000 pictures of clothes of 28 x 28 pixels.")),
    "fashion_full": Label(
        N_("Fashion, all"), N_("All 70,000 pictures of Fashion-MNIST, downloaded on first use.")
    ),
    "sprites": Label(N_("Sprites in colour, 16 x 16"),
                     N_("3,456 squares, discs and triangles in six colours, all factors known.")),
    "digits_tinted": Label(N_("Tinted digits, 8 x 8"),
                           N_("The small digits, each in one of six colours, by a draw.")),
    "mnist_14_tinted": Label(N_("Tinted MNIST, 14 x 14"),
                             N_("MNIST at half its size, each digit in one of six colours, by a "
                                "draw.")),
    "mnist_tinted": Label(N_("Tinted MNIST, 10,000"),
                          N_("Digits of MNIST, each in one of six colours, by a draw.")),
    "fashion_14_tinted": Label(N_("Tinted Fashion, 14 x 14"),
                               N_("Clothes at half their size, each in one of six colours, by a "
                                  "draw.")),
    "fashion_tinted": Label(N_("Tinted Fashion, 6,000"),
                            N_("Clothes, each in one of six colours, by a draw.")),
    "olivetti": Label(N_("Olivetti faces, 32 x 32"),
                      N_("400 pictures of 40 faces, downloaded on first use.")),
    "olivetti_tinted": Label(N_("Tinted Olivetti faces, 32 x 32"),
                             N_("The faces, each in one of six colours, by a draw; downloaded on "
                                "first use.")),
    "cifar10": Label(N_("CIFAR-10, 32 x 32"),
                     N_("60,000 colour pictures of ten things, downloaded on first use.")),
}
