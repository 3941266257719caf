configure() { web_config "${HERE}/etc/web.yml" <<<"${PASSWORD}" || die 78 'it would let in anybody'; }
