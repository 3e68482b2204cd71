#!/bin/sh
# usage: build.sh PREFIX BUILT
# Builds the host against the WasmEdge library and headers that are installed in PREFIX, into BUILT.
set -eu
prefix=$1
built=$2

# Beside BUILT, which is fresh each time: two hundred crates, most of them only for a download that is not made here,
# are not compiled again because a source of this host changed.
work="$(dirname "$built")/wasmedge-sdk-cargo"

# The folder that is linked against holds this one library: cargo puts it on LD_LIBRARY_PATH while it runs rustc,
# which would not survive the libc that lies beside the library in PREFIX.
mkdir -p "$work/link"
ln -sf "$prefix/usr/lib/x86_64-linux-gnu/libwasmedge.so" "$work/link/libwasmedge.so"
export WASMEDGE_INCLUDE_DIR="$prefix/usr/include"
export WASMEDGE_LIB_DIR="$work/link"

# bindgen parses the headers with a libclang that comes without the headers every C compiler has of its own.
export LIBCLANG_PATH="$prefix/lib/clang/native"
export BINDGEN_EXTRA_CLANG_ARGS="-isystem $(cc -print-file-name=include)"

# What WasmEdge needs itself (LLVM, a newer libc) is found when the host runs, by the loader in PREFIX.
export RUSTFLAGS="-C link-arg=-Wl,--allow-shlib-undefined"

cargo build --release --locked --manifest-path "$(dirname "$0")/Cargo.toml" --target-dir "$work/target"
cp "$work/target/release/wasmedge-sdk-host" "$built/wasmedge-sdk-host"
