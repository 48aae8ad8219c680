{* A customer's license in the client area.

   Variables: license_key, state, product_name, domain, admin_url, site. WHMCS escapes nothing, so each is escaped here
   once, and what is shown ends in _html. Text that isn't valid UTF-8 escapes to nothing; then it is treated as missing.
   Only Smarty's own modifiers: a PHP function as a modifier depends on Smarty's version and on the security policy.

   No id anywhere: a page can show several licenses. A theme centers what modules show; the box undoes that. *}
{assign var=key_html value=$license_key|default:''|escape:'html':'UTF-8'}
{assign var=product_html value=$product_name|default:''|escape:'html':'UTF-8'|default:'Jetpack'}
{assign var=domain_html value=$domain|default:''|escape:'html':'UTF-8'}
{assign var=site_html value=$site|default:''|escape:'html':'UTF-8'}
{assign var=admin_url_html value=''}
{if $admin_url|default:''|truncate:8:'':true eq 'https://'}
    {assign var=admin_url_html value=$admin_url|escape:'html':'UTF-8'}
{/if}
{assign var=license_state value=$state|default:'unknown'}
<style>
{literal}
.jetpack-license { max-width: 42em; margin: 1em auto; text-align: left; overflow-wrap: break-word; word-wrap: break-word; }
.jetpack-license [hidden] { display: none !important; }
.jetpack-license a { text-decoration: underline; }
.jetpack-license ol { margin: 0 0 1em; padding-left: 1.5em; }
.jetpack-license li { margin-bottom: .4em; }
.jetpack-license-label { font-weight: bold; margin-bottom: .25em; }
/* A long key breaks anywhere, so that all of it shows. */
.jetpack-license-key { margin-bottom: .5em; padding: .4em .6em; border: 1px solid rgba(128, 128, 128, .6); border-radius: 4px;
    background: rgba(128, 128, 128, .08); font-family: Menlo, Consolas, "Liberation Mono", monospace; word-break: break-all;
    -webkit-user-select: all; user-select: all; }
.jetpack-license-key:focus { outline: 2px solid; outline-offset: 2px; }
.jetpack-license-status { margin-left: .5em; }
{/literal}
</style>
<div class="jetpack-license" lang="en" dir="ltr">
    <h4 class="jetpack-license-product"><bdi>{$product_html}</bdi></h4>
    {if $license_state eq 'active'}
        {if $site_html neq ''}
            <p class="alert alert-success">Active on <strong><bdi>{$site_html}</bdi></strong>.</p>
        {/if}
        {if $key_html neq ''}
            {* Not an input: it wouldn't show all of a long key, and without a script a click wouldn't select it. *}
            <div class="jetpack-license-label" aria-hidden="true">License key</div>
            <div class="jetpack-license-key" role="textbox" aria-readonly="true" aria-label="License key" tabindex="0">{$key_html}</div>
            <p>
                <button type="button" class="btn btn-primary jetpack-license-copy" hidden>Copy license key</button>
                <span class="jetpack-license-status" role="status" aria-live="polite"></span>
            </p>
        {/if}
        {if $site_html eq '' and $key_html eq ''}
            {* The steps are useless without a key. *}
            <p class="alert alert-info">Your license is ready. Please contact us if you need its key.</p>
        {elseif $site_html eq ''}
            <p>To start using it:</p>
            <ol>
                <li>Install and activate the Jetpack plugin on {if $domain_html neq ''}<strong><bdi>{$domain_html}</bdi></strong>{else}your WordPress site{/if}.</li>
                <li>Open Jetpack there and, if it asks, connect it to your WordPress.com account.</li>
                {if $admin_url_html neq ''}
                    <li>Open <a href="{$admin_url_html}" target="_blank" rel="noopener noreferrer">your site&rsquo;s activation page</a> (in a new tab).</li>
                {else}
                    <li>In your site&rsquo;s WordPress admin, go to Jetpack &rarr; My Jetpack and choose to activate a license.</li>
                {/if}
                <li>Paste the license key and activate it. That&rsquo;s all!</li>
            </ol>
        {/if}
        <p>Need a hand? See <a href="https://jetpack.com/support/install-jetpack-and-connect-your-new-plan/" target="_blank" rel="noopener noreferrer">Jetpack&rsquo;s guide to getting started</a> (in a new tab).</p>
    {elseif $license_state eq 'suspended'}
        <p class="alert alert-warning">This license is paused. Please contact us and we&rsquo;ll help you get it going again.</p>
    {elseif $license_state eq 'not_issued'}
        <p class="alert alert-info">Your license is being set up. You&rsquo;ll find it here as soon as it&rsquo;s ready.</p>
    {elseif $license_state eq 'revoked'}
        <p class="alert alert-info">This license has ended. Please contact us if you&rsquo;d like to use it again.</p>
    {else}
        <p class="alert alert-info">We&rsquo;re checking on your license. There&rsquo;s nothing you need to do; please look in again a little later.</p>
    {/if}
    {if $license_state eq 'active' and $key_html neq ''}
<script>
{literal}
(function () {
    'use strict';
    function prepare(box) {
        var key = box.querySelector('.jetpack-license-key');
        var button = box.querySelector('.jetpack-license-copy');
        var status = box.querySelector('.jetpack-license-status');
        // Each license on the page brings this script; the second one finds the first box again.
        if (!key || !button || !status || box.jetpackLicenseReady) {
            return;
        }
        box.jetpackLicenseReady = true;

        function select() {
            var range = document.createRange();
            range.selectNodeContents(key);
            var selection = window.getSelection();
            selection.removeAllRanges();
            selection.addRange(range);
        }
        // Emptied first: a screen reader says the same text again only when it is new.
        function say(text) {
            status.textContent = '';
            window.setTimeout(function () { status.textContent = text; }, 50);
        }
        // For pages without https, where browsers have no navigator.clipboard, and for those that refuse it.
        function copySelection() {
            var copied = false;
            select();
            try {
                copied = document.execCommand('copy');
            } catch (e) {}
            say(copied ? 'Copied.' : 'The key is selected: press Ctrl+C to copy it, or Cmd+C on a Mac.');
        }

        key.addEventListener('focus', select);
        button.addEventListener('click', function () {
            if (navigator.clipboard && navigator.clipboard.writeText) {
                navigator.clipboard.writeText(key.textContent).then(function () { say('Copied.'); }, copySelection);
            } else {
                copySelection();
            }
        });
        button.hidden = false;
    }
    var boxes = document.querySelectorAll('.jetpack-license');
    for (var i = 0; i < boxes.length; i++) {
        prepare(boxes[i]);
    }
})();
{/literal}
</script>
    {/if}
</div>
