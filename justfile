# Everything one does with this repository. Only the first build needs a network.

set shell := ["bash", "-euo", "pipefail", "-c"]

target := env("CARGO_TARGET_DIR", "target")

# what can be done
default:
    @just --list --unsorted

# a debate to its verdict in this terminal, with the small model that comes along; or one of your own
[positional-arguments]
demo *arguments:
    @echo "demo: the first build takes about six minutes on two cores; then 93 MB of weights are fetched" >&2
    .ci/system-tools --install python engine
    [ $# -gt 0 ] || set -- "Should a small town close its centre to cars?" \
        --option "Yes, close it" --option "No, keep it open" --rounds 2; \
        cargo run --locked -p synod --features embedded -- debate "$@"

# all tests
test: tools test-rust test-embedded test-clients

# what the tests need of the system, before anything is built: installed as root, else named
[private]
tools:
    .ci/system-tools --install python venv node chromium promtool engine

# all but the embedded engine: unit, property and documentation tests, the embedders, the checks from outside
test-rust: && embedder outside
    cargo build --locked --workspace --all-targets
    cargo test --locked --workspace

# kills, power failures and faults of disks, far more of them than the tests have; takes an hour, a part of it less: `just soak 3/20`
soak part="1/1":
    SYNOD_SOAK={{ part }} cargo test --locked -p synod --test durability -- --ignored --nocapture

# the embedded engine: its tests, and a real debate in every mode with it
test-embedded:
    .ci/system-tools --install python engine
    # With `synod` beside it, so that Cargo chooses the features of the demo's build: others build llama.cpp again.
    cargo test --locked -p synod -p synod-embedded-model --features synod/embedded --lib --test engine
    cargo test --locked -p synod -p synod-embedded-model --features synod/embedded --doc
    cargo build --locked -p synod --features embedded
    python3 tests/outside/embedded.py --synod {{ target }}/debug/synod

# debates in two programs outside the workspace: on the engine alone, and on the runtime without an HTTP client
embedder:
    cp Cargo.lock tests/embedder/
    # `tree | grep` would hide a failure of `tree`.
    tree=$(cargo tree --offline --manifest-path tests/embedder/Cargo.toml --workspace --prefix none); ! grep -E '^(reqwest|hyper|actix)' <<<"$tree"
    tree=$(cargo tree --offline --manifest-path tests/embedder/Cargo.toml -p embedder-engine --prefix none); ! grep -E '^(minijinja|toml|prometheus-client|synod-(agents|inference)) ' <<<"$tree"
    for program in engine runtime; do \
        CARGO_TARGET_DIR={{ target }} cargo run --offline --manifest-path tests/embedder/Cargo.toml -p embedder-$program \
            | grep '^verdict: .*(consensus;' || exit 1; \
    done

# the binary against a fake Ollama, judged by Python
outside *arguments:
    .ci/system-tools --install python
    cargo build --locked --workspace --all-targets
    python3 tests/outside/check.py --synod {{ target }}/debug/synod --simulator {{ target }}/debug/fake-ollama {{ arguments }}

# the server, judged by clients that know nothing of it: Schemathesis, websockets, FastAPI, generated ones, promtool, a browser
test-clients *arguments:
    .ci/system-tools --install python venv node promtool
    cargo build --locked --workspace --all-targets
    $(tests/clients/venv) tests/clients/check.py --synod {{ target }}/debug/synod --simulator {{ target }}/debug/fake-ollama {{ arguments }}
    {{ if arguments == "" { "just test-page" } else { "true" } }}

# the page in Chromium: debates, keyboard, axe-core, hostile text, exports; its types and what is vendored
test-page *arguments:
    .ci/system-tools --install node chromium
    cargo build --locked --workspace --all-targets
    node tests/page/check.mjs --synod {{ target }}/debug/synod --simulator {{ target }}/debug/fake-ollama {{ arguments }}

# pictures of every view, in light and dark and three widths, in target/screenshots; or of those whose names contain a word
screenshots *arguments:
    .ci/system-tools --install node chromium
    cargo build --locked --workspace --all-targets
    node tests/page/screenshots.mjs --synod {{ target }}/debug/synod --into {{ target }}/screenshots {{ arguments }}

# formatting, lints, dependency policy
lint:
    command -v cargo-deny >/dev/null || { echo "missing: cargo-deny. Install with: cargo install --locked cargo-deny" >&2; exit 1; }
    cargo fmt --check
    cargo clippy --locked --workspace --all-targets -- -D warnings
    cargo deny check bans licenses sources

# lints and documentation of what only the embedded engine compiles
lint-embedded:
    .ci/system-tools --install engine
    cargo clippy --locked -p synod -p synod-embedded-model --features synod/embedded --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --locked -p synod -p synod-embedded-model --features synod/embedded --no-deps

# the documentation of every crate
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps

# what a debate costs beside the models; or some of: memory wall wall-http cpu layout rules framing
bench *measurements:
    cargo bench --locked -p synod-tests --bench debates -- {{ measurements }}

# what the server costs beside a bare one and FastAPI; or some of: start requests memory fan-out
bench-http *measurements:
    .ci/system-tools --install python venv
    cargo build --locked --release -p synod
    ulimit -n "$(ulimit -Hn)"; cargo bench --locked -p synod-tests --bench http -- \
        --synod {{ absolute_path(target) }}/release/synod --python "$(tests/clients/venv)" {{ measurements }}

# what the page costs a browser: bytes, first paint, the main thread while five speak, opening a long log
bench-page *arguments:
    .ci/system-tools --install node chromium
    cargo build --locked --release -p synod
    node tests/page/bench.mjs --synod {{ target }}/release/synod {{ arguments }}

# what must pass before a change is merged
ci:
    bash .ci/run
