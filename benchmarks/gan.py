"""What watching a GAN costs: the game through the engine over a bare loop, and its pictures."""

import subprocess
import sys
from statistics import median

from playwright.sync_api import sync_playwright

from benchmarks._chromium import launch
from benchmarks._report import report
from benchmarks._server import server
from benchmarks.engine import ROUNDS, SECONDS, engine_steps_per_second
from benchmarks.latency import PLOT, frames_per_second
from playground.concepts.gan.settings import GANSettings
from playground.engine.supervisor import WorkerEngine

SETTINGS = GANSettings(steps=20_000)
BARE = '''
import sys, time, torch
from torch.nn import functional as F
from torch import nn
from playground import datasets
torch.set_num_threads(1)
torch.manual_seed(0)
data = torch.from_numpy(datasets.load("ring", n_points=10_000).train)
def net(n_in, n_out, activation):
    return nn.Sequential(nn.Linear(n_in, 128), activation, nn.Linear(128, 128), activation,
                         nn.Linear(128, 128), activation, nn.Linear(128, n_out))
g, d = net(2, 2, nn.ReLU()), net(2, 1, nn.LeakyReLU(0.2))
g_adam, d_adam = (torch.optim.Adam(m.parameters(), lr=1e-3, betas=(0.5, 0.9), fused=True)
                  for m in (g, d))
def step():
    x = data[torch.randint(len(data), (256,))]
    with torch.no_grad():
        fake = g(torch.randn(256, 2))
    loss = F.softplus(-d(x)).mean() + F.softplus(d(fake)).mean()
    d_adam.zero_grad(set_to_none=True)
    loss.backward()
    d_adam.step()
    loss = F.softplus(-d(g(torch.randn(256, 2)))).mean()
    g_adam.zero_grad(set_to_none=True)
    loss.backward(inputs=list(g.parameters()))
    g_adam.step()
for _ in range(20):
    step()
began, steps = time.perf_counter(), 0
while time.perf_counter() - began < float(sys.argv[1]):
    step()
    steps += 1
print(steps / (time.perf_counter() - began))
'''


def measure() -> None:
    """Print `gan_ratio` (the aim is 0.95) and `gan_fps` (10 per second)."""
    engine = WorkerEngine()
    try:
        engine_steps_per_second(engine, [SETTINGS], seconds=1.0, concept="gan")
        ratios = []
        for _ in range(ROUNDS):
            done = subprocess.run([sys.executable, "-c", BARE, str(SECONDS)], check=True,
                                  capture_output=True, text=True)
            live = engine_steps_per_second(engine, [SETTINGS], concept="gan")
            ratios.append(live / float(done.stdout))
        report("gan_ratio", median(ratios), "ratio")
    finally:
        engine.close()
    with sync_playwright() as playwright, server() as running:
        browser = launch(playwright)
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.goto(f"{running.url}/gan?steps=20000")
        page.wait_for_selector(f"{PLOT}[data-newest='0']", timeout=60_000)
        page.click(".st-key-train-button button")
        page.wait_for_selector(".st-key-pause")
        page.wait_for_timeout(4000)
        report("gan_fps", frames_per_second(page), "1/s")
        browser.close()
