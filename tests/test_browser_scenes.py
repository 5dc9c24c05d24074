"""Scenes in a real browser: what is drawn one after the other is seen one after the other."""

from collections.abc import Callable

import pytest
from browser import Bench, Locator, expect

pytest_plugins = ("browser",)

Visitor = Callable[..., Bench]

# Notes the picture of each moment, as it stands on the canvas when the moment is shown.
WATCH = """scene => {
    scene.pictures = {}
    const look = () => {
        scene.pictures[scene.dataset.moment] = scene.querySelector('canvas').toDataURL()
        scene.watch = requestAnimationFrame(look)
    }
    look()
    // The page has other things to do: two thirds of the time it is busy.
    scene.work = setInterval(() => {
        const until = performance.now() + 60
        while (performance.now() < until) {}
    }, 90)
}"""


def watched(scene: Locator) -> dict[str, str]:
    """Play a scene on a busy page; the picture that was seen at each moment."""
    scene.evaluate(WATCH)
    scene.locator(".play").click()
    expect(scene).to_have_attribute("data-playing", "true")
    expect(scene).to_have_attribute("data-playing", "false")
    pictures: dict[str, str] = scene.evaluate(
        "scene => { clearInterval(scene.work); return scene.pictures }")
    return pictures


@pytest.mark.parametrize(("page", "name"), [("pixel_cnn", "slowly"), ("pixel_rnn", "scan-order")])
def test_pixels_appear_one_after_the_other_also_on_a_busy_page(
        new_visitor: Visitor, page: str, name: str) -> None:
    bench = new_visitor(reduced_motion="no-preference").open(page).answered()
    scene = bench.page.locator(f".st-key-{name} .scene")
    scene.scroll_into_view_if_needed()
    if name == "slowly":  # it plays by itself; stop it and begin anew
        scene.locator(".play").click()
        scene.locator(".slider").fill("0")
    last = int(scene.locator(".slider").get_attribute("max") or 0)
    pictures = watched(scene)
    assert sorted(map(int, pictures)) == list(range(last + 1))
    assert len(set(pictures.values())) == last + 1, "each moment has a picture of its own"
    assert bench.errors == []


def test_a_scene_does_not_play_by_itself_where_motion_is_to_be_reduced(
        new_visitor: Visitor) -> None:
    bench = new_visitor(reduced_motion="reduce").open("pixel_cnn")
    scene = bench.page.locator(".st-key-slowly .scene")
    expect(scene).to_have_attribute("data-moment", "0")
    expect(scene).to_have_attribute("data-playing", "false")
    scene.locator(".play").click()
    expect(scene).to_have_attribute("data-moment", "1")
    expect(scene).to_have_attribute("data-playing", "false")


def test_a_net_lights_up_layer_by_layer_and_then_stands_as_before(new_visitor: Visitor) -> None:
    bench = new_visitor(reduced_motion="no-preference").open("autoencoder")
    net = bench.page.locator(".st-key-the-model .scene")
    last = net.locator(".slider").get_attribute("max")
    expect(net).to_have_attribute("data-moment", str(last))
    net.evaluate("""net => {
        net.seen = []
        const look = () => {
            const lit = [...net.querySelectorAll('.box')].findIndex((box) => 'lit' in box.dataset)
            if (lit >= 0 && net.seen.at(-1) !== lit) net.seen.push(lit)
            requestAnimationFrame(look)
        }
        look()
    }""")
    net.locator(".play").click()
    expect(net).to_have_attribute("data-playing", "true")
    expect(net).to_have_attribute("data-playing", "false")
    assert net.evaluate("net => net.seen") == list(range(net.locator(".box").count()))
    expect(net.locator(".box[data-lit]")).to_have_count(0)
    expect(net.locator(".arrows g")).to_have_count(net.locator(".box").count() - 1)
    assert bench.errors == []
