# A job runs with the bytes that were submitted with it, whatever becomes of the checkout.
keep() { # FILE of the bundle
  local sum
  sum=$(sha256sum <"${BUNDLE}/$1") && sum=${sum%% *}
  mkdir -p -- "${RUN}/files/${sum}" && cp -f -- "${BUNDLE}/$1" "${RUN}/files/${sum}/"
}
