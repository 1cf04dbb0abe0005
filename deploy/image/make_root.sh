#!/bin/sh
# Unpack Debian's packages into a folder, and write down which: `make_root.sh FOLDER`.
set -eu
root=$1

# mmdebstrap resolves the dependencies. Scanners and the bill of materials read dpkg's list.
mmdebstrap --variant=extract --mode=root --quiet \
    --include=base-files,python3.13-minimal,libpython3.13-stdlib,libstdc++6,libpq5,liblz4-1,tini \
    --extract-hook='for package in "$1"/var/cache/apt/archives/*.deb; do
        dpkg-deb --field "$package"; printf "Status: install ok installed\n\n"
    done > "$1/var/lib/dpkg/status"' \
    trixie "$root"

# Of PostgreSQL's client only what backups need: the whole package would bring Perl.
cd /tmp
apt-get update -q
apt-get download -q postgresql-client-17
dpkg-deb --fsys-tarfile postgresql-client-17_*.deb \
    | tar -x -C "$root" ./usr/lib/postgresql/17/bin/pg_dump ./usr/lib/postgresql/17/bin/pg_restore
dpkg-deb --field postgresql-client-17_*.deb >> "$root/var/lib/dpkg/status"
printf 'Status: install ok installed\n\n' >> "$root/var/lib/dpkg/status"
ln -s ../lib/postgresql/17/bin/pg_dump ../lib/postgresql/17/bin/pg_restore "$root/usr/bin/"

install -d "$root/etc/ssl/certs"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
echo 'killatamata:x:65532:65532::/var/lib/killatamata:/usr/sbin/nologin' > "$root/etc/passwd"
echo 'killatamata:x:65532:' > "$root/etc/group"
install -d -m 700 -o 65532 -g 65532 "$root/var/lib/killatamata"

# Licences stay; manuals and translations do not.
find "$root/usr/share/doc" -mindepth 2 ! -name copyright ! -type d -delete
rm -rf "$root/usr/share/man" "$root/usr/share/locale" "$root/usr/share/info" \
    "$root/usr/include" "$root/usr/games" "$root/etc/apt" "$root/var/lib/apt" "$root/var/cache/apt"
