#!/usr/bin/env bash
# Annotations and the summary of the step; the comment is left in a file. Ends as costcalc does:
# 1 where a budget is broken or the lock is stale, 2 where something cannot be read.
set -euo pipefail

folder=$PROJECT
[ -d "$folder" ] || folder=$(dirname -- "$folder")
base=$BASE
if [ -z "$base" ] && [ -n "${GITHUB_BASE_REF:-}" ]; then
  shallow=()
  if [ "$(git -C "$folder" rev-parse --is-shallow-repository)" = true ]; then shallow=(--depth=1); fi
  git -C "$folder" fetch --quiet --no-tags "${shallow[@]}" origin \
    "+refs/heads/$GITHUB_BASE_REF:refs/remotes/origin/$GITHUB_BASE_REF"
  base=origin/$GITHUB_BASE_REF
fi

against=()
if [ -n "$base" ]; then against=("--base=$base"); fi
comment=$RUNNER_TEMP/costs.md
costcalc ci "${against[@]}" --format md -- "$PROJECT" >"$comment" 2>/dev/null || true
if [ -s "$comment" ]; then echo "comment=$comment" >>"$GITHUB_OUTPUT"; fi
costcalc ci "${against[@]}" --format github -- "$PROJECT"
