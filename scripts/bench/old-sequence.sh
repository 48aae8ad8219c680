#!/bin/sh
# Makes the same calls of wp and of the API as the last version of Jetpack's partner-provision.sh,
# in the same order. It is written anew, and only for the bench. $1 is the path of wp.
set -eu
wp=$1

"$wp" --allow-root --skip-plugins --skip-themes option get home >/dev/null
skip=$("$wp" --allow-root plugin list --field=name | grep -v '^jetpack$' | tr '\n' ',')
token=$(curl --silent --request POST \
	--form client_id="$JETPACK_PARTNER_ID" --form client_secret="$JETPACK_PARTNER_SECRET" \
	--form grant_type=client_credentials --form scope=jetpack-partner \
	"$JETPACK_START_API_URL/oauth2/token" |
	sed -n 's/.*"access_token":"\([^"]*\)".*/\1/p')
"$wp" --allow-root --user=admin --skip-themes --skip-plugins="$skip" \
	plugin activate jetpack >/dev/null 2>&1
siteurl=$("$wp" --allow-root --user=admin --skip-themes --skip-plugins="$skip" \
	option get siteurl)
curl --silent --fail --request POST --header "authorization: Bearer $token" \
	--form siteurl="$siteurl" --form local_user=admin --form plan=premium \
	"$JETPACK_START_API_URL/rest/v1.3/jpphp/provision"
