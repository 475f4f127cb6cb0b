# The book, built in an image:
#   docker build -t scr-book . && docker run --rm -v "$PWD/out:/out" scr-book
# and about your own data, which is never copied into the image:
#   docker run --rm -v "$PWD/data:/data:ro" -v "$PWD/out:/out" scr-book scr build /data --out /out/book
FROM python:3.13-slim-bookworm
RUN apt-get update && apt-get install -y --no-install-recommends make git chromium && rm -rf /var/lib/apt/lists/*
WORKDIR /book
COPY . .
RUN make solve PYTHON=python3
ENV PATH="/book/.venv/bin:$PATH"
CMD ["scr", "build", "--out", "/out/book"]
