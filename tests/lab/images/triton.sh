#!/usr/bin/env bash
# A container file system with NVIDIA's Triton in DIR ($1), standing in for
# nvcr.io/nvidia/tritonserver: the same server, which the wheel of PyTriton carries, with its Python
# backend alone. Models are Python's, and compute with NumPy.
set -euo pipefail
debootstrap --variant=minbase --include=python3-numpy,libpython3.11 bookworm "$1" "$MIRROR"
python3 -m pip install --quiet --no-compile --no-deps --only-binary :all: --python-version 3.11 \
  --platform manylinux_2_35_x86_64 --target "$1/tmp/wheel" nvidia-pytriton==0.7.0
mkdir -p "$1/opt/tritonserver"
mv "$1"/tmp/wheel/pytriton/tritonserver/{bin,backends} "$1/opt/tritonserver"
stub=triton_python_backend_stub
mv "$1/tmp/wheel/pytriton/tritonserver/python_backend_stubs/3.11/$stub" \
  "$1/opt/tritonserver/backends/python/$stub"
chmod 755 "$1"/opt/tritonserver/bin/tritonserver "$1/opt/tritonserver/backends/python/$stub"
mv "$1/tmp/wheel/nvidia_pytriton.libs" "$1/opt/tritonserver/lib"
rm -r "$1/tmp/wheel" "$1"/var/{cache/apt,lib/apt/lists} "$1"/usr/share/{doc,locale,man}
# What Apptainer makes of the image's ENV.
install -D -m 755 /dev/stdin "$1/.singularity.d/env/10-docker2singularity.sh" <<'SH'
#!/bin/sh
export PATH="/opt/tritonserver/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
export LD_LIBRARY_PATH="/opt/tritonserver/lib"
SH
