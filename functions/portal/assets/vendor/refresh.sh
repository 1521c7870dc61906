#!/usr/bin/env bash
# Fetches the libraries again, at these versions, from the npm registry.
set -euo pipefail

oidc_client=oidc-client-ts@3.5.0
jwt_decode=jwt-decode@4.0.0 # the version that the former was bundled with

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Prints where the package was unpacked.
unpack() {
    local archive
    archive=$(cd "$work" && npm pack --silent "$1")
    mkdir "$work/${archive%.tgz}"
    tar -xzf "$work/$archive" -C "$work/${archive%.tgz}"
    echo "$work/${archive%.tgz}/package"
}

oidc=$(unpack "$oidc_client")
jwt=$(unpack "$jwt_decode")
install -m 644 "$oidc/dist/browser/oidc-client-ts.min.js" "$here/"
install -m 644 "$oidc/LICENSE" "$here/oidc-client-ts.LICENSE"
install -m 644 "$jwt/LICENSE" "$here/jwt-decode.LICENSE"
echo "$oidc_client and $jwt_decode are in place"
