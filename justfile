# What is done often, one line each. `just` lists it; every line can also be typed by hand.

set shell := ["bash", "-euo", "pipefail", "-c"]

[private]
default:
    @just --list

# Everything that needs no cluster
test *ARGS:
    cargo test --locked {{ ARGS }}

# Format, clippy, the order of the modules
lint:
    cargo fmt --check
    cargo clippy --all-targets --locked -- -D warnings
    cargo test --locked --test architecture

# Rewrite the layout of the code
fmt:
    cargo fmt

# Licences, unwanted crates, sources
deny:
    cargo deny check licenses bans sources

# All benches, or one: just bench emulator
bench *NAME:
    cargo bench --locked {{ if NAME == "" { "" } else { "--bench " + NAME } }}

# The program on its built-in cluster
demo *ARGS:
    cargo run --release --locked -- --demo {{ ARGS }}

# Against the cluster of $KUBECONFIG; makes and deletes its own pods
e2e *ARGS:
    cargo test --locked --test e2e -- --ignored --test-threads=2 {{ ARGS }}

# Logs through every fault: a million numbered lines, and a crowd of containers, on the cluster of $KUBECONFIG
logs-soak $PODTRIAGE_SOAK_LINES="1000000" $PODTRIAGE_SOAK_STREAMS="100":
    cargo test --release --locked --test logs_soak -- --ignored --nocapture --test-threads=1

# kill -9 in the middle of debugging, on the cluster of $KUBECONFIG
interrupted $PODTRIAGE_KILLS="100":
    cargo test --locked --test interrupted -- --ignored --nocapture

# The documentation of the code; a broken link is an error
doc:
    RUSTDOCFLAGS="-D warnings -A rustdoc::private_intra_doc_links" cargo doc --no-deps --document-private-items --locked

# All that is checked before a merge
ci:
    .ci/run
