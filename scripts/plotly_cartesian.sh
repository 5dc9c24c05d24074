#!/usr/bin/env bash
# Fetch plotly.js without its maps and its third dimension, of the version that the plotly package
# brings: a quarter of the code, so that a page draws its first figure sooner. Needs npm.
set -euo pipefail
cd "$(dirname "$0")/.."
version=$(.venv/bin/python -c "from playground.ui.bench.plotly import version; print(version())")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
(cd "$folder" && npm pack --silent "plotly.js-cartesian-dist-min@$version" | xargs tar xzf)
gzip -9nc "$folder/package/plotly-cartesian.min.js" > playground/ui/frontend/plotly-cartesian.min.js.gz
cp "$folder/package/LICENSE" playground/ui/frontend/plotly-cartesian.LICENSE
