#!/bin/sh
# An authority of your own, a certificate for the server, one for each person: certificates.sh FOLDER HOST[,HOST…] [PERSON…]
# Run it again to renew: the authority stays, the rest is replaced, and a daemon that runs takes it over.
set -eu
[ $# -ge 2 ] || { sed -n '2,3s/^# //p' "$0" >&2; exit 2; }
folder=$1 hosts=$2
shift 2
mkdir -p "$folder"
cd "$folder"
umask 077

issue() { # NAME SUBJECT EXTENSIONS
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key.new" -subj "/CN=$2" -out "$1.csr" 2>/dev/null
    printf '%s\n' "$3" >"$1.ext"
    openssl x509 -req -in "$1.csr" -CA authority.pem -CAkey authority.key -days 90 -extfile "$1.ext" -out "$1.pem.new" 2>/dev/null
    rm "$1.csr" "$1.ext"
    mv "$1.key.new" "$1.key"
    mv "$1.pem.new" "$1.pem"
}

if [ ! -e authority.key ]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=codeindex authority" \
        -addext keyUsage=critical,keyCertSign,cRLSign -keyout authority.key -out authority.pem 2>/dev/null
fi
names=$(printf '%s' "$hosts" | tr , '\n' | sed -e '/^[0-9.]*$/s/^/IP:/' -e '/^IP:/!s/^/DNS:/' | paste -sd, -)
issue server "$(printf '%s' "$hosts" | cut -d, -f1)" "subjectAltName=$names
extendedKeyUsage=serverAuth"
for person in "$@"; do
    issue "$person" "$person" "extendedKeyUsage=clientAuth"
done
