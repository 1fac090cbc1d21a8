#!/usr/bin/env bash
# One comment of a pull request: the one that begins with our marker is updated, else one is added.
set -euo pipefail

marker=$(head -n 1 -- "$COMMENT")
comments=repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments
known=$(MARKER=$marker gh api --paginate "$comments" \
  --jq '.[] | select(.body | startswith(env.MARKER)) | .id' | head -n 1)
if [ -n "$known" ]; then
  gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$known" --field "body=@$COMMENT"
else
  gh api --silent "$comments" --field "body=@$COMMENT"
fi
