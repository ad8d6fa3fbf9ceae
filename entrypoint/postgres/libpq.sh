#!/bin/bash
# Builds a static libpq with OpenSSL and nothing else; prints the directory with lib/ and include/.
#
#   libpq.sh CACHE [SOURCE]   SOURCE: a PostgreSQL source tree (it is not written to);
#                             without it, the source package of the distribution is fetched
#
# The distribution's own libpq.a needs GSSAPI and LDAP, which cannot be linked statically.
# Results get their final name only when whole, so a killed run leaves nothing that looks ready.
set -euo pipefail
export LC_ALL=C

say() { printf 'libpq: %s\n' "$*" >&2; }
die() { printf 'libpq: %s\n' "$*" >&2; exit 1; }

[ $# -ge 1 ] && [ -n "$1" ] || die "usage: libpq.sh CACHE [SOURCE]"
mkdir -p "$1"
cache=$(cd "$1" && pwd)
given=${2:-}

exec 9>"$cache/libpq.lock"
if ! flock -n 9; then
  say "another build holds $cache/libpq.lock, waiting for it"
  flock -w 1200 9 || die "still held after 20 minutes"
fi
scratch=$cache/libpq.unfinished
rm -rf "$scratch"

# The machine's apt sources say where the mirror is; everything else of apt's is our own, so that
# this runs without root and does not change which packages the machine sees. A mirror's index may
# name a version whose sources it does not serve (seen in the week of a point release): the next
# suite that has a libpq then does.
fetch() {
  local codename keyring mirror candidates candidate package suite attempt
  command -v dpkg-source >/dev/null || die "dpkg-source is missing: run tests/setup, or set PGORDINAL_POSTGRES_SOURCE"
  . /etc/os-release
  codename=${VERSION_CODENAME:-}
  if [ "$ID" = ubuntu ]; then
    package=$(apt-cache depends postgresql | sed -n 's/^ *Depends: \(postgresql-[0-9]*\)$/\1/p')
    [ -n "$package" ] || die "apt knows no postgresql package: run apt-get update, or set PGORDINAL_POSTGRES_SOURCE"
    candidates="$package:$codename-updates $package:$codename"
    keyring=/usr/share/keyrings/ubuntu-archive-keyring.gpg
  else
    candidates="postgresql-17:trixie postgresql-15:bookworm"
    keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  fi
  [ -r "$keyring" ] || die "$keyring is missing, so sources could not be verified"
  mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
    awk -v release="$codename" '$2 == release { print $1; exit }')
  [ -n "$mirror" ] || die "no apt source for $codename to derive the mirror from; set PGORDINAL_POSTGRES_SOURCE"

  for candidate in $candidates; do
    package=${candidate%%:*} suite=${candidate#*:}
    say "fetching the source package $package ($suite)"
    for attempt in 1 2 3; do
      if fetch_package "$package" "deb-src [signed-by=$keyring] $mirror $suite main"; then
        mv "$scratch/$package"-*/ "$cache/postgresql-source"
        return
      fi
      tail -n 5 "$scratch/fetch.log" >&2
      say "fetching $package ($suite) failed (attempt $attempt of 3)"
      sleep "$attempt"
    done
  done
  die "could not fetch any of: $candidates; set PGORDINAL_POSTGRES_SOURCE to a PostgreSQL source tree"
}

# fetch_package NAME SOURCES-LINE: unpacks it in $scratch; what apt said is in $scratch/fetch.log.
fetch_package() {
  local root=$scratch/apt
  rm -rf "$root"
  mkdir -p "$root/lists/partial" "$root/archives/partial" "$root/parts"
  echo "$2" >"$root/sources.list"
  : >"$root/status"
  local own=(-q -o "Dir::Etc::SourceList=$root/sources.list" -o "Dir::Etc::SourceParts=$root/parts"
    -o "Dir::State=$root" -o "Dir::State::Lists=$root/lists" -o "Dir::State::Status=$root/status"
    -o "Dir::Cache=$root" -o "Dir::Cache::Archives=$root/archives"
    -o "APT::Sandbox::User=$(id -un)" -o Acquire::Retries=3 -o Acquire::Languages=none)
  apt-get "${own[@]}" update >"$scratch/fetch.log" 2>&1 &&
    (cd "$scratch" && apt-get "${own[@]}" source --only-source "$1" >"$scratch/fetch.log" 2>&1)
}

if [ -n "$given" ]; then
  source=$(cd "$given" && pwd) || die "PGORDINAL_POSTGRES_SOURCE: no directory $given"
  suffix=-$(printf %s "$source" | cksum | cut -d' ' -f1)
else
  source=$cache/postgresql-source
  suffix=
  if [ ! -d "$source" ]; then
    mkdir -p "$scratch"
    fetch
  fi
fi
[ -x "$source/configure" ] || die "$source is not a PostgreSQL source tree (no configure)"
version=$(sed -n "s/^PACKAGE_VERSION='\(.*\)'/\1/p" "$source/configure")
# Change it when a libpq made by an older version of this file will not do any more.
recipe=2
result=$cache/libpq-$version-r$recipe$suffix
if [ -d "$result" ]; then
  rm -rf "$scratch"
  echo "$result"
  exit 0
fi

say "building libpq $version (less than a minute, once for all build directories)"
mkdir -p "$scratch/build" "$scratch/done/lib" "$scratch/done/include"
cd "$scratch/build"
step() {
  "$@" >>"$scratch/build.log" 2>&1 || {
    tail -n 30 "$scratch/build.log" >&2
    die "failed: $* (whole log: $scratch/build.log)"
  }
}
jobs=$(nproc)
# OpenSSL is told the file of each call: the same bytes wherever the source is.
places="-ffile-prefix-map=$source=postgresql -ffile-prefix-map=$scratch/build=postgresql"
# No gssapi, ldap, pam, systemd, lz4, zstd: configure leaves out what is not asked for.
step "$source/configure" --without-icu --without-readline --without-zlib --with-openssl \
  CC="${CC:-cc}" CFLAGS="-O2 -ffunction-sections -fdata-sections -w $places"
step make -j"$jobs" -C src/backend generated-headers
step make -j"$jobs" -C src/common libpgcommon_shlib.a
step make -j"$jobs" -C src/port libpgport_shlib.a
step make -j"$jobs" -C src/interfaces/libpq libpq.a
# _shlib: the variants that libpq itself is made of; the plain ones exit() on out of memory.
cp src/interfaces/libpq/libpq.a src/common/libpgcommon_shlib.a src/port/libpgport_shlib.a \
  "$scratch/done/lib/"
cp "$source/src/interfaces/libpq/libpq-fe.h" "$source/src/include/postgres_ext.h" \
  src/include/pg_config_ext.h "$scratch/done/include/"
mv "$scratch/done" "$result"
rm -rf "$scratch"
say "ready: $result"
echo "$result"
