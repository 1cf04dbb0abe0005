export interface paths {
    "/api/v1/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Check that the gateway works, and return its version
         * @description Check that the gateway works, and return its version.
         */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/email/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a six-digit sign-in code to an address
         * @description Send a six-digit sign-in code to an address; the first sign-in creates the account.
         *
         *     The answer is the same for every address. A code expires after ten minutes and works once.
         */
        post: operations["startEmail"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/email/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign in with a code, and get an API key
         * @description Sign in with a code, and get an API key.
         *
         *     `apiKey` is shown only once. After five wrong codes a new one is needed.
         */
        post: operations["verifyEmail"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/google": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign in with a Google ID token, and get an API key
         * @description Sign in with a Google ID token, and get an API key.
         *
         *     `apiKey` is shown only once.
         */
        post: operations["verifyGoogle"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/browser/email/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign in a browser with a code it requested itself
         * @description Sign in a browser with a code it requested itself.
         */
        post: operations["verifyEmailInBrowser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/browser/google": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign in a browser with a Google ID token
         * @description Sign in a browser with a Google ID token, which carries its nonce.
         */
        post: operations["verifyGoogleInBrowser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/browser/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read who is signed in with this browser, or how to sign in
         * @description Read who is signed in with this browser, or how to sign in.
         */
        get: operations["getBrowserSession"];
        put?: never;
        post?: never;
        /**
         * Sign out this browser
         * @description Sign out this browser; its cookie becomes invalid everywhere at once.
         */
        delete: operations["endBrowserSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the browsers that are signed in to this account
         * @description List the browsers that are signed in to this account.
         */
        get: operations["listSessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/sessions/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign out another browser, or all others
         * @description Sign out another browser, or all others; their cookies become invalid at once.
         */
        post: operations["revokeSession"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/identities": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the identities of this account
         * @description List the identities of this account.
         */
        get: operations["listIdentities"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/identities/link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Add an identity
         * @description Add an identity; needs a sign-in within the last ten minutes. All addresses are notified.
         */
        post: operations["linkIdentity"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/identities/unlink": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Remove an identity
         * @description Remove an identity; needs a sign-in within the last ten minutes.
         *
         *     All addresses are notified, and all other sessions of the account end.
         */
        post: operations["unlinkIdentity"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/account/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the account settings
         * @description Read the account settings: default limits of new keys in this mode, and preferences.
         */
        get: operations["getAccountSettings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change the default limits of new keys in this mode
         * @description Change the default limits of new keys in this mode, and preferences in both modes.
         *
         *     Existing keys keep their limits. Devices and apps get those a person approves. Raising a limit
         *     in live mode needs a sign-in within the last ten minutes.
         */
        patch: operations["changeAccountSettings"];
        trace?: never;
    };
    "/api/v1/account/close": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read what closing this account would forfeit
         * @description Read what closing this account would forfeit, and what currently prevents it.
         */
        get: operations["getAccountClosing"];
        put?: never;
        /**
         * Close this account permanently
         * @description Close this account permanently; needs a sign-in within the last ten minutes.
         *
         *     Keys, apps, devices, sessions, identities and memberships end at once, in both modes. Remaining
         *     credit is forfeited; real money only if `forfeitUsd` states its amount. Purchases and the ledger
         *     stay.
         */
        post: operations["closeAccount"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the API keys and connected apps of this account
         * @description List the API keys and connected apps of this account; secrets are not included.
         *
         *     Developers and viewers of a team see their own. Newest first, with apps after all keys.
         */
        get: operations["listKeys"];
        put?: never;
        /**
         * Create an API key with scopes and hard spending caps
         * @description Create an API key with scopes and hard spending caps.
         *
         *     `apiKey` is shown only once. A key can only create keys within its own scopes and limits, and
         *     none at all if it has a cap; none that it creates expires later than it does. In a browser a
         *     live key needs a sign-in within the last ten minutes, unless its cap is small and it lacks the
         *     scopes `admin` and `studio:approve`.
         */
        post: operations["createKey"];
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change the label, scopes, limits or expiry of an API key
         * @description Change the label, scopes, limits or expiry of an API key.
         *
         *     A key can give another only scopes and an expiry that it has itself; only a browser session can
         *     widen limits or give `studio:approve`. What is used of a cap stays used. A key and its rotated
         *     successors share limits. In a browser, widening a live key needs a sign-in within the last ten
         *     minutes.
         */
        patch: operations["changeKey"];
        trace?: never;
    };
    "/api/v1/keys/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Revoke an API key, or disconnect an app
         * @description Revoke an API key, or disconnect an app, at once and permanently.
         *
         *     Running jobs finish; nothing new starts. Needs the `admin` scope, except for the calling key.
         */
        post: operations["revokeKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replace an API key with a new one with the same scopes
         * @description Replace an API key with a new one with the same scopes, limits and expiry.
         *
         *     `apiKey` is shown only once. The old key keeps working for `graceSeconds`. What is used of a cap
         *     stays used. Rotating another key needs the `admin` scope and all of that key's rights, and in a
         *     browser, as creating one does, a sign-in within the last ten minutes. Plans that the old key
         *     runs start no further step once it has ended.
         */
        post: operations["rotateKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/team/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the people of this account: its owner, then its members
         * @description List the people of this account: its owner, then its members.
         *
         *     Caps and spending of others are only shown to the owner and admins.
         */
        get: operations["listMembers"];
        put?: never;
        post?: never;
        /**
         * Remove a member, or leave the team yourself
         * @description Remove a member, or leave the team yourself: at once and for good.
         *
         *     Only the owner removes admins, and an admin with a cap removes nobody else.
         *     Their keys, connected apps, devices and sessions in the team end in one transaction, and their
         *     plans that wait for an approval fall. Running jobs finish.
         */
        delete: operations["removeMember"];
        options?: never;
        head?: never;
        /**
         * Change the role or the caps of a member
         * @description Change the role or the caps of a member; needs a sign-in within the last ten minutes.
         *
         *     Nobody can change their own, only the owner makes or changes admins, and an admin with a cap
         *     changes nobody. A cap withdraws the open invitations that the member sent. A lower role ends the
         *     member's keys, connected apps and waiting plans; they can make new ones within it. What is used
         *     of a cap stays used.
         */
        patch: operations["changeMember"];
        trace?: never;
    };
    "/api/v1/team/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the open invitations of this account
         * @description List the open invitations of this account.
         */
        get: operations["listInvitations"];
        put?: never;
        /**
         * Invite a person by mail
         * @description Invite a person by mail; needs a sign-in within the last ten minutes.
         *
         *     The link works once, for seven days, and only for somebody who has verified that address. Only
         *     the owner invites admins, and an admin with a cap invites nobody.
         */
        post: operations["inviteMember"];
        /**
         * Withdraw an open invitation: its link stops working at once
         * @description Withdraw an open invitation: its link stops working at once.
         */
        delete: operations["withdrawInvitation"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/team/invitations/resend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Mail an open invitation again, for seven more days
         * @description Mail an open invitation again, for seven more days; the older link stops working.
         *
         *     It takes who may invite this person: the owner, or an admin without a cap.
         */
        post: operations["resendInvitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/team/invitations/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the invitation of a link
         * @description Read the invitation of a link, if it was sent to an address of yours.
         */
        get: operations["readInvitation"];
        put?: never;
        /**
         * Accept the invitation of a link
         * @description Accept the invitation of a link: you become a member of the team.
         *
         *     You must have verified the address that it was sent to. This browser works in the team from now
         *     on; switch back to your own account at any time.
         */
        post: operations["acceptInvitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/team/accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the accounts that you may work in
         * @description List the accounts that you may work in: your own, then those of your teams.
         */
        get: operations["listTeamAccounts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/team/switch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Let this browser work in another account of yours
         * @description Let this browser work in another account of yours.
         *
         *     API keys, connected apps and devices stay where they are.
         */
        post: operations["switchAccount"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/device/link/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start linking a device that has no browser (RFC 8628)
         * @description Start linking a device that has no browser (RFC 8628).
         *
         *     Show `userCode` and `verificationUri` to the person, then poll with `deviceCode`.
         */
        post: operations["startDeviceLink"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/device/link/request": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read what a device requests, before you approve or deny it
         * @description Read what a device requests, before you approve or deny it.
         */
        get: operations["getDeviceLink"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/device/link/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Approve or deny a device; its key acts for your account
         * @description Approve or deny a device; its key acts for your account.
         *
         *     A live key needs a sign-in within the last ten minutes, unless its cap is small and it lacks the
         *     scopes `admin` and `studio:approve`.
         */
        post: operations["approveDeviceLink"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/device/link/poll": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Poll for a device's key
         * @description Poll for a device's key; it is returned once, after a person approves.
         */
        post: operations["pollDeviceLink"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/balance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the balance
         * @description Read the balance: available, held by open jobs, and per kind of credit.
         */
        get: operations["getBalance"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/balance/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the movements of the balance, newest first
         * @description List the movements of the balance, newest first; as CSV with `Accept: text/csv`.
         *
         *     Amounts are signed changes of the available balance: a hold takes its amount; its end returns
         *     what was not charged.
         */
        get: operations["getBalanceHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/credits/balance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the balance (deprecated: use GET /api/v1/balance)
         * @deprecated
         * @description Read the balance (deprecated: use GET /api/v1/balance).
         *
         *     Use /api/v1/balance instead.
         */
        get: operations["getCreditsBalance"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/credits/consume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Spend credit at once (deprecated: submit media jobs instead)
         * @deprecated
         * @description Spend credit at once (deprecated: submit media jobs instead).
         *
         *     Use /api/v1/media/jobs instead.
         */
        post: operations["consumeCredits"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/packages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the credit packages for sale, and the payment methods
         * @description List the credit packages for sale, and the payment methods.
         */
        get: operations["listPackages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/checkout/stripe": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Open a card checkout for a package
         * @description Open a card checkout for a package; nothing is charged until the person pays on that page.
         */
        post: operations["startStripeCheckout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/claim/stripe": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Settle a card checkout of this account now
         * @description Settle a card checkout of this account now; 202 while the payment is still processing.
         *
         *     It asks the provider for the current state; repeating it is safe. A first live key without a
         *     small cap needs a sign-in within the last ten minutes.
         */
        post: operations["claimStripe"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/checkout/crypto": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read how to pay an open USDC checkout of this account
         * @description Read how to pay an open USDC checkout of this account.
         */
        get: operations["getCryptoCheckout"];
        put?: never;
        /**
         * Open a checkout to be paid in USDC
         * @description Open a checkout to be paid in USDC, to its own address or on a provider's page.
         *
         *     Deposits are credited dollar for dollar once they have enough confirmations. The bonus is added
         *     when the full price arrives before the checkout expires.
         */
        post: operations["startCryptoCheckout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/claim/crypto": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Check what was paid in USDC for a checkout of this account
         * @description Check what was paid in USDC for a checkout of this account; 202 while more may arrive.
         *
         *     Claiming is optional: deposits are found and credited without it. Repeating it is safe.
         */
        post: operations["claimCrypto"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/credits/purchase/x402": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Buy a package in one request, paid in USDC by x402
         * @description Buy a package in one request, paid in USDC by x402.
         *
         *     Without a payment the answer is 402 and says what to pay. Sending the same payment again returns
         *     the same purchase. 202 means it may still go through: send it again, do not sign another.
         */
        post: operations["purchaseX402"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/deposit/x402": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Buy a package by x402, under its old path
         * @deprecated
         * @description Buy a package by x402, under its old path.
         *
         *     Use /api/v1/credits/purchase/x402 instead.
         */
        post: operations["depositX402"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/codes/redeem": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Redeem a credit code
         * @description Redeem a credit code.
         *
         *     Its credit is promotional: it is spent before what was paid for. A code for the first purchase
         *     waits, and is credited with that purchase. A code that is unknown, over or used up always gets
         *     the same answer, and after ten of them within an hour 429. Sending a redeemed code again
         *     credits nothing and answers `replayed: true`.
         */
        post: operations["redeemCode"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the newest 100 codes that this account redeemed
         * @description List the newest 100 codes that this account redeemed, and those that still wait.
         */
        get: operations["listRedeemedCodes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/top-up": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read auto top-up of this account and mode
         * @description Read auto top-up of this account and mode: its terms, the saved card, what is under way.
         */
        get: operations["getAutoTopUp"];
        /**
         * Turn auto top-up on with the saved card, or change its terms
         * @description Turn auto top-up on with the saved card, or change its terms.
         *
         *     Turning it on, or raising an amount, needs a sign-in within the last ten minutes. No API key and
         *     no app can do it, whatever its scopes are. A top-up under way by the former terms is canceled.
         */
        put: operations["changeAutoTopUp"];
        post?: never;
        /**
         * Turn auto top-up off and remove the saved card
         * @description Turn auto top-up off and remove the saved card; Stripe forgets it within seconds.
         *
         *     A card that is being saved on a page of Stripe meanwhile is forgotten too. A top-up under way is
         *     canceled, unless its charge was already on its way to the bank: that one may still arrive. It is
         *     in `inFlight` until then, is credited, and is the last one.
         */
        delete: operations["endAutoTopUp"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/top-up/card": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Open a page of Stripe where a person saves a card
         * @description Open a page of Stripe where a person saves a card; these terms take effect once they have.
         *
         *     Nothing is charged there. Needs a sign-in within the last ten minutes.
         */
        post: operations["startSavingCard"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/top-up/claim": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Turn auto top-up on with the card that a person saved
         * @description Turn auto top-up on with the card that a person saved; repeating it changes nothing.
         *
         *     The page is read from Stripe: before the person has saved a card, auto top-up stays as it is.
         */
        post: operations["claimSavedCard"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/top-up/attempts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the top-ups of this account and mode, newest first
         * @description List the top-ups of this account and mode, newest first, with those that were declined.
         */
        get: operations["listTopUps"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/purchases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the purchases of this account and mode, newest first
         * @description List the purchases of this account and mode, newest first; as CSV with `Accept: text/csv`.
         */
        get: operations["listPurchases"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/purchases/receipt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the receipt of a purchase
         * @description Read the receipt of a purchase. In test mode it is for play money.
         */
        get: operations["getReceipt"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/billing/details": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read who the account's next invoices are made out to
         * @description Read who the account's next invoices are made out to, in both modes.
         */
        get: operations["getBillingDetails"];
        /**
         * Replace who the account's next invoices are made out to
         * @description Replace who the account's next invoices are made out to.
         *
         *     It counts in both modes. Invoices that were issued before keep what they say. No key may call
         *     it: it decides where receipts are sent.
         */
        put: operations["changeBillingDetails"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invoices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the invoices and credit notes of this mode
         * @description List the invoices and credit notes of this mode, newest first.
         *
         *     A purchase that its payment provider invoiced has none here.
         */
        get: operations["listInvoices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invoices/document": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read an invoice or a credit note as it was issued
         * @description Read an invoice or a credit note as it was issued.
         */
        get: operations["getInvoice"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invoices/pdf": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Download an invoice or a credit note as PDF
         * @description Download an invoice or a credit note as PDF, the same bytes each time.
         */
        get: operations["getInvoicePdf"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/stripe": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Process a signed Stripe event
         * @description Process a signed Stripe event; 200 means it need not be sent again.
         */
        post: operations["takeStripeEvent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/webhooks/crypto": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Process a signed event from a USDC provider
         * @description Process a signed event from a USDC provider; 200 means it need not be sent again.
         */
        post: operations["takeCryptoEvent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/affiliates/r": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow a referral link
         * @description Follow a referral link: redirects to the site with a cookie that remembers the first link.
         *
         *     An inactive code redirects too, without a cookie.
         */
        get: operations["followAffiliateLink"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/affiliates/validate-code": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Check whether a referral code is active
         * @description Check whether a referral code is active.
         */
        post: operations["validateAffiliateCode"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/affiliates/capture": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Capture a click on a referral link
         * @description Capture a click on a referral link, as a cookie and as a token for sign-up without cookies.
         *
         *     The first click counts; a later one only adds to the click count, and gets the first's token.
         */
        post: operations["captureAffiliate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/affiliates/me/apply": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Apply for the affiliate programme; the operator decides
         * @description Apply for the affiliate programme; the operator decides.
         */
        post: operations["applyAsAffiliate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/affiliates/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read this account's affiliate state, link and terms
         * @description Read this account's affiliate state, link and terms.
         */
        get: operations["getAffiliate"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change name, website, code or payout destination
         * @description Change name, website, code or payout destination.
         *
         *     A new payout destination needs a browser session, is announced to all addresses of the account,
         *     and blocks payouts for 72 hours.
         */
        patch: operations["updateAffiliate"];
        trace?: never;
    };
    "/api/v1/affiliates/me/code": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read this account's referral code and link
         * @description Read this account's referral code and link.
         */
        get: operations["getAffiliateCode"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/affiliates/me/dashboard": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read clicks, sign-ups and commission, by day and by state
         * @description Read clicks, sign-ups and commission, by day and by state; buyers are not identified.
         */
        get: operations["getAffiliateDashboard"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/affiliates/me/commissions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List commissions of this account and mode, newest first
         * @description List commissions of this account and mode, newest first; buyers are not identified.
         */
        get: operations["listCommissions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/affiliates/me/payouts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List completed payouts, newest first
         * @description List completed payouts, newest first.
         */
        get: operations["listPayouts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/affiliates/me/payout-requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List payout requests and their states, newest first
         * @description List payout requests and their states, newest first.
         */
        get: operations["listPayoutRequests"];
        put?: never;
        /**
         * Request a payout of approved commission, at least $25
         * @description Request a payout of approved commission, at least $25; one request at a time.
         *
         *     The money is set aside until the operator has paid or rejected it. `account_credit` is added to
         *     this account's credit at once and never expires.
         */
        post: operations["requestPayout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/affiliates/me/bind-code": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the code this account is bound to
         * @description Read the code this account is bound to, or until when one can be bound.
         */
        get: operations["getBoundCode"];
        put?: never;
        /**
         * Bind this account to a referral code
         * @description Bind this account to a referral code: once, within 14 days of sign-up, before it buys.
         *
         *     A link followed before sign-up takes precedence.
         */
        post: operations["bindAffiliateCode"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/media/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Describe the media tasks
         * @description Describe the media tasks: input schema, price rule, limits, guidance, an example.
         */
        get: operations["listTasks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/media/quote": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Price 1 to 100 jobs exactly, for 15 minutes; nothing is held
         * @description Price 1 to 100 jobs exactly, for 15 minutes; nothing is held.
         *
         *     Submit the same task and input with `quoteId`: the job gets the quoted input, including seed and
         *     media bytes, at the quoted or the current price, whichever is lower. Each item works once.
         *     `dryRun=1` only prices, without `quoteId`: a key that only reads may do that.
         */
        post: operations["quoteJobs"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/media/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read one job, or list jobs, newest first
         * @description Read one job, or list jobs, newest first.
         *
         *     `includeDetails=1` adds the sanitized upstream result, `effectiveInput` and
         *     `inputAdjustments`. `waitSeconds` waits for the end, or for a version above `sinceVersion`.
         *     `downloadableOutputUrls` work for 48 hours after completion; clean-up targets 72 hours.
         */
        get: operations["getJob"];
        put?: never;
        /**
         * Submit a media job
         * @description Submit a media job; its exact price is held now and charged only if it succeeds.
         *
         *     One idempotency key per intended job: send the SAME key when you retry. `dryRun=1` only checks
         *     and prices. `Prefer: wait=N` waits up to 60 seconds for the end.
         */
        post: operations["submitJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/media/jobs/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow one job as server-sent events
         * @description Follow one job as server-sent events: `status`, `progress`, then `done` with the whole job.
         *
         *     The first event is the current state. An event's id is the job's version: reconnect with
         *     `Last-Event-ID` to get only newer events. The stream ends after `done`, or after an hour.
         *     Without `jobId` it follows all open jobs until they end; its first event, `jobs`, has their ids.
         */
        get: operations["watchJob"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/media/jobs/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a queued or running job at once and release its price
         * @description Cancel a queued or running job at once and release its price.
         */
        post: operations["cancelJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/media/outputs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List results
         * @description List results: each file that jobs made is one item, newest job first.
         *
         *     `q` searches prompts, names and tags without case and accents. Results that ended and were not
         *     kept stay in the list, with prompt and seed. Deleted ones are left out.
         */
        get: operations["listOutputs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Give up to 100 results a star or take it away
         * @description Give up to 100 results a star or take it away, or name one of them.
         *
         *     A star also keeps a result for longer than 48 hours, unless the account's `autoKeep` is `none`.
         *     Without room for it the star stays, and `notKept` says why.
         */
        patch: operations["updateOutputs"];
        trace?: never;
    };
    "/api/v1/media/outputs/delete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Delete up to 100 results
         * @description Delete up to 100 results; for ten minutes they can be restored, then their bytes go.
         *
         *     Their URLs answer 404 at once, and the assets that keep them are archived.
         */
        post: operations["deleteOutputs"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/media/outputs/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Restore results within ten minutes after they were deleted
         * @description Restore results within ten minutes after they were deleted, and the assets that keep them.
         *
         *     `deletedAt` restores all results of one deletion whose bytes are still there; 404 without any.
         */
        post: operations["restoreOutputs"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/media/prompts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the different prompts of the account's newest jobs
         * @description List the different prompts of the account's newest jobs, newest first.
         */
        get: operations["listPrompts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/media/presets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List styles and cameras
         * @description List styles and cameras: words to write into a prompt. Nothing hidden is added to it.
         */
        get: operations["listPresets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/media/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Total the jobs that ended in a range of UTC days, by day
         * @description Total the jobs that ended in a range of UTC days, by day, task, key, project or member.
         *
         *     Developers and viewers of a team see their own. `Accept: text/csv` returns CSV.
         */
        get: operations["getUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/usage/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export what was charged in a range of UTC days, by day, key
         * @description Export what was charged in a range of UTC days, by day, key, member, project and task.
         *
         *     The total is what the ledger charged in these days, to the micro-dollar. Owners and admins of a
         *     team see everybody's charges, other members their own. It is streamed; with `Accept: text/csv`
         *     as CSV, in which text never becomes a formula.
         */
        get: operations["exportUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/statements": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the monthly statements
         * @description List the monthly statements: opening and closing balance of each UTC month.
         */
        get: operations["listStatements"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/statement": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the statement of a UTC month
         * @description Read the statement of a UTC month: opening balance, what moved it, closing balance.
         *
         *     Opening balance plus lines is the closing balance, to the micro-dollar, and that is the next
         *     month's opening balance. A month that is closed never changes. `payments` has each purchase and
         *     refund with its tax and numbers. `Accept: text/csv` returns the lines as CSV.
         */
        get: operations["getStatement"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/budgets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the budgets
         * @description List the budgets, and what was spent of each in the current UTC month.
         *
         *     A budget only alerts, by mail at 50, 80 and 100 %. What stops spending is the limit of a key.
         */
        get: operations["listBudgets"];
        /**
         * Set the monthly budget of the account, a key
         * @description Set the monthly budget of the account, a key, a member or a project.
         *
         *     Only a signed-in person may. Its alerts are mailed at 50, 80 and 100 %, each once a month; a
         *     new budget counts from the start of the month.
         */
        put: operations["setBudget"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/budgets/delete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Delete a budget, and list those that are left
         * @description Delete a budget, and list those that are left.
         */
        post: operations["deleteBudget"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/studio/agent/approval-plans/prepare": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Freeze 1 to 50 steps at exact prices for 15 minutes
         * @description Freeze 1 to 50 steps at exact prices for 15 minutes; free, nothing is held.
         *
         *     A `…Url` field may be `step://KEY/n`, output n of an earlier step. One invalid step refuses all.
         *     Execute it once with `planId` and `planHash`, or show `approvalUrl` to a person. The same
         *     request with the same idempotency key returns the plan in its current state.
         */
        post: operations["preparePlan"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/studio/agent/approval-plans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read one plan, by its id or its job
         * @description Read one plan, by its id or its job, or list plans without their steps, newest first.
         *
         *     `waitSeconds` waits for its end, or for a version above `sinceVersion`. `consent` is what the
         *     caller needs: `auto` nothing, `confirm` a confirmation in the client, `approve` a person's
         *     approval on the page. With `closure` any `stepIds` become a selection that can run, which
         *     `selection` describes: the steps, those left out with what they need, and those brought along.
         */
        get: operations["getPlans"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/studio/agent/approval-plans/media": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * View a media input of a plan as one small picture
         * @description View a media input of a plan as one small picture: exactly the bytes it would use.
         *
         *     They are kept until the plan ends. Outputs of earlier steps cannot be viewed yet.
         */
        get: operations["getPlanMedia"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/studio/agent/approval-plans/execute": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run a plan once
         * @description Run a plan once: its total is held now, each step is charged only if it succeeds.
         *
         *     Safe to call again: the same call returns the same jobs and charges nothing more. Without
         *     `stepIds` it returns a plan that was approved in part as it ran: `droppedStepIds` were left out.
         *     After 402 the plan is still pending; after `approval_required` show `approvalUrl` to the user.
         */
        post: operations["executePlan"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/studio/agent/approval-plans/reject": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reject a pending plan permanently
         * @description Reject a pending plan permanently; nothing is spent. Repeating it is safe.
         */
        post: operations["rejectPlan"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/media/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the webhook secret of this account and mode
         * @description Read the webhook secret of this account and mode, and delivery counters.
         */
        get: operations["getWebhooks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/media/webhooks/rotate-secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create a new secret that signs from now on
         * @description Create a new secret that signs from now on; the previous one also signs for 24 hours.
         */
        post: operations["rotateWebhookSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/media/webhooks/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the deliveries of the last 30 days with their attempts
         * @description List the deliveries of the last 30 days with their attempts, newest first.
         */
        get: operations["listWebhookDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/media/webhooks/redeliver": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a delivery again
         * @description Send a delivery again, at once and under the same `webhook-id`; its retries start over.
         */
        post: operations["redeliverWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/media/webhooks/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a signed `test.ping` to a URL now
         * @description Send a signed `test.ping` to a URL now, and report the result; at most 10 a minute.
         */
        post: operations["testWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/studio/snapshot": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read everything a page or agent needs from the studio
         * @description Read everything a page or agent needs from the studio.
         *
         *     Ask again with `If-None-Match`: 304 until something changes.
         */
        get: operations["getSnapshot"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/studio/projects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create a project for jobs, assets and threads
         * @description Create a project for jobs, assets and threads.
         */
        post: operations["createProject"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/studio/projects/update": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Rename, describe or archive a project, or set its cover
         * @description Rename, describe or archive a project, or set its cover.
         */
        patch: operations["updateProject"];
        trace?: never;
    };
    "/api/v1/studio/projects/assets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the assets of a project, newest first
         * @description List the assets of a project, newest first, each with a fresh link.
         */
        get: operations["listAssets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/studio/assets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Search the assets of all projects, newest first
         * @description Search the assets of all projects, newest first, each with a fresh link.
         *
         *     A star of an asset is its rating: `starred=1` lists those rated 1 to 5. An asset that keeps a
         *     result gets and loses its star with it.
         */
        get: operations["listAllAssets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/studio/assets/upload": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Upload a file to a project or the inbox
         * @description Upload a file to a project or the inbox: the body is the raw file; the bytes tell its type.
         *
         *     Images, video, audio; `.md` and `.txt` become text documents. Uploading the same bytes again
         *     answers 200 with the existing asset. With `uploadToken` no key is needed.
         */
        post: operations["uploadAsset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/studio/assets/upload-link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create links that upload one file each without a key
         * @description Create links that upload one file each without a key, within 15 minutes.
         *
         *     `curl` is the complete command, to be run where the files are; `filenames` are plain names in
         *     one folder. Without `projectId` the files go to the selected project, or to one called Inbox.
         */
        post: operations["createUploadLink"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/studio/assets/metadata": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read one asset, archived or not, with a fresh link
         * @description Read one asset, archived or not, with a fresh link.
         */
        get: operations["getAsset"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Rename, tag, rate, move or archive an asset
         * @description Rename, tag, rate, move or archive an asset; archive it to delete it.
         *
         *     To take it back, send `archived: false`: a deleted result that it keeps is shown again too.
         */
        patch: operations["updateAsset"];
        trace?: never;
    };
    "/api/v1/studio/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change studio settings; omitted settings stay
         * @description Change studio settings; omitted settings stay.
         *
         *     Only a browser session can raise `agent.maxPriceUsd` or switch the agent on; a key can lower it
         *     and switch it off.
         */
        patch: operations["updateSettings"];
        trace?: never;
    };
    "/api/v1/studio/threads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create a thread in a project, to talk with the agent
         * @description Create a thread in a project, to talk with the agent.
         */
        post: operations["createThread"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/studio/threads/select": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Select a thread, and its project
         * @description Select a thread, and its project.
         */
        post: operations["selectThread"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/studio/threads/detail": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a thread with a page of its messages, newest last
         * @description Read a thread with a page of its messages, newest last.
         */
        get: operations["getThread"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/studio/threads/update": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Rename or archive a thread; archive it to delete it
         * @description Rename or archive a thread; archive it to delete it.
         */
        patch: operations["updateThread"];
        trace?: never;
    };
    "/api/v1/studio/agent/messages/prepare": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Quote the most a message to the agent can cost
         * @description Quote the most a message to the agent can cost, for 15 minutes; nothing is held.
         */
        post: operations["prepareMessage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/studio/agent/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a message to the agent
         * @description Send a message to the agent; the most it can cost is held, only what it uses is charged.
         *
         *     Failed and expired requests are free. The agent reads and proposes plans; it cannot spend.
         */
        post: operations["sendMessage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/studio/agent/requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read one request with its answer, or list requests
         * @description Read one request with its answer, or list requests, newest first.
         *
         *     `waitSeconds` waits for the end, or for a version above `sinceVersion`.
         */
        get: operations["getRequest"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/studio/agent/requests/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow one request as server-sent events
         * @description Follow one request as server-sent events, then `done` with the whole request.
         *
         *     `status`, `text`, `tool`, `plan`, `usage`. Reconnect with `Last-Event-ID`, within a day, to get
         *     only newer events. A `status` with `restarted` withdraws the text since the last `usage`.
         */
        get: operations["watchRequest"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/studio/agent/requests/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a request at once
         * @description Cancel a request at once; what it used so far is charged, the rest is released.
         */
        post: operations["cancelRequest"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/studio/assets/keep": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Keep a job's output for longer than 48 hours
         * @description Keep a job's output for longer than 48 hours, up to 100 `outputs`, or a file at a public URL.
         *
         *     Keeping the same output again answers 200 with the existing asset. Of `outputs` as many are kept
         *     as there is room for: `notKept` names the others and why; if none is kept, it is a refusal.
         */
        post: operations["keepAsset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/studio/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * View an asset or an output as one small picture
         * @description View an asset or an output as one small picture; of a video, up to four frames.
         */
        get: operations["getPreview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/studio/assets/text": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create a text document in a project
         * @description Create a text document in a project; later saves are kept as versions.
         */
        post: operations["createText"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/studio/assets/text/document": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a text document, or an older `version` of it
         * @description Read a text document, or an older `version` of it.
         */
        get: operations["getText"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Save a new version of a text document
         * @description Save a new version of a text document.
         *
         *     `If-Match` is the `etag` of the version you read. If somebody has saved since, the answer is 412
         *     with `currentEtag`. Saving the same content creates no new version.
         */
        patch: operations["saveText"];
        trace?: never;
    };
    "/api/v1/studio/assets/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the versions of a text document or storyboard
         * @description List the versions of a text document or storyboard, newest first; 100 are kept.
         *
         *     To restore one, read it with `version` and save its content as a new version.
         */
        get: operations["listVersions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/studio/assets/storyboards": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create a storyboard in a project
         * @description Create a storyboard in a project; later saves are kept as versions.
         */
        post: operations["createStoryboard"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/studio/assets/storyboards/document": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a storyboard, or an older `version` of it
         * @description Read a storyboard, or an older `version` of it, with its takes so far.
         *
         *     The ETag covers only the document; omit `If-None-Match` to see new takes.
         */
        get: operations["getStoryboard"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Save a new version
         * @description Save a new version: a whole `document`, or `operations` on the newest one.
         *
         *     `If-Match` is the `etag` of the version you read. If somebody has saved since, the answer is 412
         *     with `currentEtag`. Operations are applied in order, all or none.
         */
        patch: operations["saveStoryboard"];
        trace?: never;
    };
    "/api/v1/studio/assets/storyboards/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Import a storyboard from Markdown or Fountain
         * @description Import a storyboard from Markdown or Fountain: a new one, or a new version.
         *
         *     To replace `assetId`, send `If-Match` with the `etag` you read. `warnings` lists what was
         *     interpreted differently; a line that cannot be parsed is 422 with `line`.
         */
        post: operations["importStoryboard"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/studio/assets/storyboards/export-markdown": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a storyboard as Markdown
         * @description Read a storyboard as Markdown; inside JSON with `Accept: application/json`.
         *
         *     Importing the text gives the same document.
         */
        get: operations["exportStoryboard"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/studio/assets/storyboards/prepare-render": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create one plan that renders a storyboard's shots
         * @description Create one plan that renders a storyboard's shots, at exact prices; free.
         *
         *     Execute it like any plan. Each clip becomes a take of its shot; a shot without a take gets its
         *     first one. A shot that continues another starts from the end of its clip.
         */
        post: operations["prepareRender"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/studio/films": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read one film by its id or its storyboard
         * @description Read one film by its id or its storyboard, or list films without their cuts, newest first.
         *
         *     Every storyboard is a film. `cut` follows the storyboard until it is changed.
         */
        get: operations["getFilms"];
        put?: never;
        /**
         * Create a film of a document, of a script, or empty
         * @description Create a film of a document, of a script, or empty; or read that of an existing storyboard.
         *
         *     A script that cannot be parsed is 422 with `line`.
         */
        post: operations["createFilm"];
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change the title or the cut of a film
         * @description Change the title or the cut of a film.
         *
         *     `If-Match` is the `etag` of the film you read. If somebody has changed it since, the answer is
         *     412 with `currentEtag`. The storyboard stays the script: a cut changes nothing in it.
         */
        patch: operations["updateFilm"];
        trace?: never;
    };
    "/api/v1/studio/films/thread": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Return the thread of a film's talk
         * @description Return the thread of a film's talk; the first call creates it.
         *
         *     It stays that of the film when the film is renamed. Once it is archived, the next call creates
         *     another.
         */
        post: operations["createFilmThread"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/studio/films/prepare-render": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create one plan that renders a film, at an exact price; free
         * @description Create one plan that renders a film, at an exact price; free.
         *
         *     It makes the missing takes of the cut, then joins it with `video.combine`. Execute it like any
         *     plan. When it ends, the film has its `finalOutput`, `poster` and `seconds`.
         */
        post: operations["prepareFilmRender"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shares": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the shares of this account and mode, newest first
         * @description List the shares of this account and mode, newest first, each with its link.
         */
        get: operations["listShares"];
        put?: never;
        /**
         * Share one result by a secret link that anybody can open
         * @description Share one result by a secret link that anybody can open, for 30 days by default.
         *
         *     The result is kept, so it counts against the storage quota. Files given to the job, the account
         *     and other results are never shown.
         */
        post: operations["createShare"];
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change what a share shows, whether it offers Remix
         * @description Change what a share shows, whether it offers Remix, or when it ends; its link stays.
         */
        patch: operations["updateShare"];
        trace?: never;
    };
    "/api/v1/shares/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Revoke a share permanently
         * @description Revoke a share permanently: its page and its files answer 404 at once.
         */
        post: operations["revokeShare"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export interface webhooks {
    "job.started": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A job began to run for the first time
         * @description A job began to run for the first time. Signed following standardwebhooks.com.
         */
        post: operations["onJobStarted"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "job.completed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A job ended, with or without success
         * @description A job ended, with or without success. Signed following standardwebhooks.com.
         */
        post: operations["onJobCompleted"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "test.ping": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A message that tests a receiver
         * @description A message that tests a receiver. Signed following standardwebhooks.com.
         */
        post: operations["onPing"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export interface components {
    schemas: {
        /**
         * AccountSettings
         * @description The account's settings in this mode.
         */
        AccountSettings: {
            /**
             * @description `live` is real money, `test` is play money.
             * @enum {string}
             */
            mode: "live" | "test";
            /** @description Default limits of new keys. */
            spendPolicy: components["schemas"]["SpendPolicyShown"];
            /**
             * @description The first page after signing in, in both modes.
             * @enum {string}
             */
            home: "create" | "console";
            /**
             * @description Which results made on pages are kept for longer than 48 hours, in both modes.
             * @enum {string}
             */
            autoKeep: "all" | "starred" | "none";
            /**
             * @description The same at present: from 80 % of the storage quota, `all` is `starred`.
             * @enum {string}
             */
            autoKeepNow: "all" | "starred" | "none";
            /** @description Whether it gets a mail when an agent's plan waits for a person. */
            mailPlans: boolean;
            /** @description Whether it gets a mail when a job of over a minute, made on pages, ends. */
            mailDone: boolean;
            /** @description Whether it gets a mail with last month's statement on the first of a month. */
            mailStatement: boolean;
        };
        /**
         * AccountState
         * @description The state of a ledger account; only an active one spends.
         * @enum {string}
         */
        AccountState: "active" | "frozen" | "closed";
        /**
         * AddedStep
         * @description A step that came along with one that needs it.
         */
        AddedStep: {
            /** @description The step. */
            stepId: string;
            /** @description Those of `checkedStepIds` that need it. */
            neededBy: string[];
        };
        /**
         * Adjustment
         * @description An input value that was adjusted, and why.
         */
        Adjustment: {
            /** @description The field, as a path in the input. */
            field: string;
            /** @description The value that was sent. */
            requested: string | number | boolean | null;
            /** @description The value that is used. */
            effective: string | number | boolean | null;
            /** @description The rule that moved it. */
            rule: string;
            /** @description What was moved and why, as a sentence. */
            message: string;
        };
        /**
         * AffiliateCodeShown
         * @description A code and its link.
         */
        AffiliateCodeShown: {
            /** @description The referral code. */
            code: string;
            /** @description The referral link of this code. */
            link: string;
            /** @description Its state. */
            state: components["schemas"]["AffiliateState"];
        };
        /**
         * AffiliateShown
         * @description An affiliate, its link and the terms.
         */
        AffiliateShown: {
            /** @description The affiliate. */
            affiliateId: string;
            /** @description Its state. */
            state: components["schemas"]["AffiliateState"];
            /** @description The name shown to visitors. */
            displayName: string;
            /** @description Where the links are. */
            website: string | null;
            /** @description The referral code. */
            code: string;
            /** @description The referral link of its code. */
            link: string;
            /** @description The commission, in hundredths of a percent. */
            rateBps: number;
            /** @description Days for which a click counts. */
            cookieDays: number;
            /** @description Days until a commission is approved. */
            holdDays: number;
            /**
             * @description The smallest payout, in dollars.
             * @example 0.30
             */
            minPayoutUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            minPayoutMicrousd: number;
            /**
             * @description How payouts are made.
             * @enum {string|null}
             */
            payoutMethod: "usdc" | "paypal" | "bank" | "account_credit" | null;
            /** @description Where payouts go, masked. */
            payoutDestinationMasked: string | null;
            /**
             * Format: date-time
             * @description When payouts resume, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            payoutsBlockedUntil: string | null;
            /** @description The code this account is bound to, if any. */
            boundCode: string | null;
        };
        /**
         * AffiliateState
         * @description The state of an affiliate: only an approved one earns.
         * @enum {string}
         */
        AffiliateState: "applied" | "approved" | "rejected" | "suspended" | "banned";
        /**
         * AgentRequest
         * @description One message to the agent: its state, its cost, and its answer in `blocks`.
         */
        AgentRequest: {
            /**
             * @description The request.
             * @example req_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            requestId: string;
            /**
             * @description The thread.
             * @example thr_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            threadId: string;
            /** @description Its progress. */
            status: components["schemas"]["RequestState"];
            /** @description True for real money, false for play money. */
            livemode: boolean;
            /** @description Rises with every change of it. */
            version: number;
            /** @description The language model. */
            model: string;
            billing: components["schemas"]["RequestBilling"];
            usage: components["schemas"]["RequestUsage"];
            /** @description The answer, once there is one. */
            messageId: string | null;
            /** @description The answer: text, assets, plans, jobs, notices. */
            blocks: {
                [key: string]: unknown;
            }[];
            /** @description The plans it proposed. */
            planIds: string[];
            /** @description Why it failed: code, message, hint; null if it did not. */
            error: {
                [key: string]: string | boolean;
            } | null;
            /**
             * Format: date-time
             * @description When it was created, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it last changed, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            updatedAt: string;
            /**
             * Format: date-time
             * @description When it first started, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            startedAt: string | null;
            /**
             * Format: date-time
             * @description When it ended, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            finishedAt: string | null;
            /** @description Wait this many seconds before the next read; null: do not poll. */
            pollAfterSeconds: number | null;
            urls: components["schemas"]["RequestUrls"];
        };
        /**
         * AgentRequestPage
         * @description A page of requests, newest first.
         */
        AgentRequestPage: {
            /** @description The requests, newest first. */
            data: components["schemas"]["AgentRequest"][];
            /** @description Send it as `cursor` for the next page; null on the last page. */
            nextCursor: string | null;
        };
        /**
         * AgentSettings
         * @description The agent's settings.
         */
        AgentSettings: {
            /** @description Whether the agent accepts messages. */
            enabled: boolean;
            /**
             * @description The most that one message may cost, in dollars.
             * @example 0.30
             */
            maxPriceUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            maxPriceMicrousd: number;
            /** @description Instructions the agent always follows. */
            instructions: string;
        };
        /**
         * AgentShown
         * @description The agent's model and availability.
         */
        AgentShown: {
            /** @description Whether it can be used now. */
            available: boolean;
            /** @description The language model. */
            model: string;
            /**
             * @description Why it is not available.
             * @enum {string|null}
             */
            reason: "no_model_key" | "not_in_test_mode" | "disabled" | null;
        };
        /**
         * Alert
         * @description An alert that was given in the current month.
         */
        Alert: {
            /** @description The part of the budget, in percent: 50, 80 or 100. */
            percent: number;
            /**
             * Format: date-time
             * @description When it was given, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            at: string;
        };
        /**
         * AppliedAsAffiliate
         * @description An application that the operator decides.
         */
        AppliedAsAffiliate: {
            /** @description The affiliate. */
            affiliateId: string;
            /** @description Its state. */
            state: components["schemas"]["AffiliateState"];
            /** @description The referral code. */
            code: string;
        };
        /**
         * ApplyAsAffiliate
         * @description An application to join.
         */
        ApplyAsAffiliate: {
            /**
             * @description The name shown to visitors.
             * @example Ann
             */
            displayName: string;
            /**
             * @description Must be true: the programme's terms are accepted.
             * @constant
             */
            acceptTerms: true;
            /**
             * @description Where the links will be.
             * @example https://example.com
             */
            website?: string | null;
            /** @description How the links will be promoted; the operator reads it. */
            promotionPlan?: string | null;
            /**
             * @description Default: one is generated.
             * @example ANN-10
             */
            desiredCode?: string | null;
        };
        /**
         * Asset
         * @description A file that the account keeps; `asset://` and its id is a media input of jobs.
         *
         *     `downloadUrl` needs no key and works for a day; each read signs a new one. It is null once the
         *     bytes of an archived asset are gone.
         */
        Asset: {
            /**
             * @description The asset.
             * @example ast_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            assetId: string;
            /**
             * @description The project.
             * @example proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            projectId: string;
            /**
             * @description Its kind.
             * @enum {string}
             */
            kind: "image" | "video" | "audio" | "text" | "storyboard";
            /** @description The name of the asset. */
            name: string;
            /** @description The name of the file. */
            filename: string;
            /** @description The media type of the bytes. */
            mimeType: string;
            /** @description Its size in bytes. */
            bytes: number;
            /**
             * @description SHA-256 of the stored bytes.
             * @example 9f86d081884c7d659f86d081884c7d659f86d081884c7d659f86d081884c7d65
             */
            sha256: string;
            /**
             * @description SHA-256 of the bytes as uploaded.
             * @example 9f86d081884c7d659f86d081884c7d659f86d081884c7d659f86d081884c7d65
             */
            sourceSha256: string | null;
            /** @description Width in pixels. */
            width: number | null;
            /** @description Height in pixels. */
            height: number | null;
            /** @description Duration, in seconds. */
            durationSeconds: number | null;
            /** @description Frames a second. */
            fps: number | null;
            /** @description Number of frames. */
            frames: number | null;
            /** @description Whether it has sound. */
            hasAudio: boolean | null;
            /** @description Tags to find it by. */
            tags: string[];
            /** @description Free-form notes. */
            notes: string;
            /** @description 0 means not rated, 5 is best. */
            rating: number;
            /** @description Whether it is archived, and therefore not listed. */
            archived: boolean;
            source: components["schemas"]["AssetSource"];
            /** @description Rises with every change of it. */
            version: number;
            /** @description Changes with each version; send it as `If-Match`. */
            etag: string;
            /**
             * @description Small WebP pictures of it by longest side: 256, 512, 1024; {} without.
             * @example {
             *       "512": "https://example.com/files/previews/fox-512.webp"
             *     }
             */
            previewUrls: {
                [key: string]: string;
            };
            /**
             * Format: uri
             * @description Address of the first 3 seconds as a silent MP4, 320 pixels wide.
             */
            previewClipUrl: string | null;
            /**
             * @description A WebP of at most 24 pixels as a data URI, to show while the picture loads.
             * @example data:image/webp;base64,UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAgA0JaQAA3AA
             */
            placeholder: string | null;
            /**
             * Format: uri
             * @description Address of the bytes; no key needed.
             */
            downloadUrl: string | null;
            /**
             * Format: date-time
             * @description When `downloadUrl` stops working, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            downloadUrlExpiresAt: string | null;
            /**
             * Format: date-time
             * @description When it was created, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it last changed, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            updatedAt: string;
        };
        /**
         * AssetMade
         * @description An asset that was kept; `deduplicated`: it was there before.
         */
        AssetMade: {
            /**
             * @description The asset.
             * @example ast_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            assetId: string;
            /**
             * @description The project.
             * @example proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            projectId: string;
            /**
             * @description Its kind.
             * @enum {string}
             */
            kind: "image" | "video" | "audio" | "text" | "storyboard";
            /** @description The name of the asset. */
            name: string;
            /** @description The name of the file. */
            filename: string;
            /** @description The media type of the bytes. */
            mimeType: string;
            /** @description Its size in bytes. */
            bytes: number;
            /**
             * @description SHA-256 of the stored bytes.
             * @example 9f86d081884c7d659f86d081884c7d659f86d081884c7d659f86d081884c7d65
             */
            sha256: string;
            /**
             * @description SHA-256 of the bytes as uploaded.
             * @example 9f86d081884c7d659f86d081884c7d659f86d081884c7d659f86d081884c7d65
             */
            sourceSha256: string | null;
            /** @description Width in pixels. */
            width: number | null;
            /** @description Height in pixels. */
            height: number | null;
            /** @description Duration, in seconds. */
            durationSeconds: number | null;
            /** @description Frames a second. */
            fps: number | null;
            /** @description Number of frames. */
            frames: number | null;
            /** @description Whether it has sound. */
            hasAudio: boolean | null;
            /** @description Tags to find it by. */
            tags: string[];
            /** @description Free-form notes. */
            notes: string;
            /** @description 0 means not rated, 5 is best. */
            rating: number;
            /** @description Whether it is archived, and therefore not listed. */
            archived: boolean;
            source: components["schemas"]["AssetSource"];
            /** @description Rises with every change of it. */
            version: number;
            /** @description Changes with each version; send it as `If-Match`. */
            etag: string;
            /**
             * @description Small WebP pictures of it by longest side: 256, 512, 1024; {} without.
             * @example {
             *       "512": "https://example.com/files/previews/fox-512.webp"
             *     }
             */
            previewUrls: {
                [key: string]: string;
            };
            /**
             * Format: uri
             * @description Address of the first 3 seconds as a silent MP4, 320 pixels wide.
             */
            previewClipUrl: string | null;
            /**
             * @description A WebP of at most 24 pixels as a data URI, to show while the picture loads.
             * @example data:image/webp;base64,UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAgA0JaQAA3AA
             */
            placeholder: string | null;
            /**
             * Format: uri
             * @description Address of the bytes; no key needed.
             */
            downloadUrl: string | null;
            /**
             * Format: date-time
             * @description When `downloadUrl` stops working, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            downloadUrlExpiresAt: string | null;
            /**
             * Format: date-time
             * @description When it was created, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it last changed, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            updatedAt: string;
            /** @description Whether the same bytes were already stored. */
            deduplicated: boolean;
        };
        /**
         * AssetPage
         * @description A page of assets, newest first.
         */
        AssetPage: {
            /** @description The assets, newest first. */
            data: components["schemas"]["Asset"][];
            /** @description Send it as `cursor` for the next page; null on the last page. */
            nextCursor: string | null;
        };
        /**
         * AssetSource
         * @description The origin of an asset.
         */
        AssetSource: {
            /**
             * @description Its kind.
             * @enum {string}
             */
            type: "upload" | "job" | "url" | "import" | "agent" | "key";
            /**
             * @description The job.
             * @example job_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            jobId: string | null;
            /** @description Which output of the job. */
            outputIndex: number | null;
            /**
             * @description The plan.
             * @example plan_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            planId: string | null;
        };
        /**
         * AttemptState
         * @description The state of one try of a job on one engine; the last five are final.
         * @enum {string}
         */
        AttemptState: "created" | "unknown" | "submitted" | "running" | "canceling" | "rejected" | "succeeded" | "failed" | "canceled" | "lost";
        /**
         * AudioGenerateInput
         * @description Make a sound without speech from a prompt.
         * @example {
         *       "durationSeconds": 8,
         *       "prompt": "rain on tin"
         *     }
         */
        AudioGenerateInput: {
            /** @description What is to be heard; no speech. */
            prompt: string;
            /** @description Length in seconds. */
            durationSeconds?: number;
            /**
             * @description File format: WAV and FLAC lose nothing, MP3 is the smallest.
             * @enum {string}
             */
            outputFormat?: "wav" | "flac" | "mp3";
            /** @description Seed of the randomness; chosen and returned if omitted. */
            seed?: number | null;
        };
        /**
         * AutoTopUp
         * @description Auto top-up of this account in this mode; the terms are null if it was never set up.
         */
        AutoTopUp: {
            /** @description True for real money, false for play money. */
            livemode: boolean;
            /** @description Whether this gateway offers it now. */
            offered: boolean;
            /** @description Whether it is on. */
            state: components["schemas"]["RuleState"];
            /** @description Why it was turned off. */
            offReason: components["schemas"]["OffReason"];
            /**
             * @description Below this available credit it charges, in dollars.
             * @example 0.30
             */
            thresholdUsd: string | null;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            thresholdMicrousd: number | null;
            /** @description The package that it buys. */
            packageCode: string | null;
            /** @description The currency that it charges in. */
            currency: string | null;
            /** @description The most it charges in a calendar month (UTC), tax included, in `currency`. */
            monthlyMaximum: string | null;
            /** @description The same amount in millionths of `currency`. */
            monthlyMaximumMicros: number | null;
            /** @description Charged this month, with what is in flight, in `currency`. */
            chargedThisMonth: string | null;
            /** @description The same amount in millionths of `currency`. */
            chargedThisMonthMicros: number | null;
            card: components["schemas"]["SavedCardShown"];
            /** @description Declined charges in a row; after three it is turned off. */
            declines: number;
            /**
             * Format: date-time
             * @description It charges nothing before this time, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            retryAt: string | null;
            /** @description The top-up that is under way. */
            inFlight: components["schemas"]["TopUpShown"] | null;
        };
        /**
         * Availability
         * @description A task's availability: a job starts at once, after others, or not at all.
         * @enum {string}
         */
        Availability: "available" | "busy" | "none";
        /**
         * BalanceShown
         * @description The balance of this account and mode: balance = available + held.
         */
        BalanceShown: {
            /**
             * @description Always USD.
             * @constant
             */
            currency: "USD";
            /** @description True for real money, false for play money. */
            livemode: boolean;
            /**
             * @description All credit, also what is held, in dollars.
             * @example 0.30
             */
            balanceUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            balanceMicrousd: number;
            /**
             * @description The amount that can be spent, in dollars.
             * @example 0.30
             */
            availableUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            availableMicrousd: number;
            /**
             * @description Held for open jobs and requests, in dollars.
             * @example 0.30
             */
            heldUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            heldMicrousd: number;
            /**
             * @description The amount owed after a reversed payment, in dollars.
             * @example 0.30
             */
            debtUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            debtMicrousd: number;
            /** @description Whether the account can spend. */
            state: components["schemas"]["AccountState"];
            /** @description Why spending is frozen. */
            frozenReasons: string[];
            /** @description Whether the balance is below the low-balance threshold. */
            lowBalance: boolean;
            /**
             * Format: uri
             * @description The page where credit is bought.
             */
            topUpUrl: string;
            /** @description The remaining credit of each kind. */
            buckets: components["schemas"]["Bucket"][];
            /** @description The calling key; null for a session. */
            key: components["schemas"]["KeyShown"];
            /** @description The member of the team who calls; null: the owner of the account. */
            member: components["schemas"]["MemberSpending"];
        };
        /**
         * BillShown
         * @description The amounts of a charge in its currency, and the buyer of its tax.
         *
         *     `net` and `tax` add up to `total`. If `taxIncluded`, that is `list` less `discount`; else `net`
         *     is.
         */
        BillShown: {
            /**
             * @description The currency, as ISO 4217 names it, in lower case.
             * @example eur
             */
            currency: string;
            /** @description The price before discount. */
            list: string;
            /** @description What a promotion code took off. */
            discount: string;
            /** @description The price without tax. */
            net: string;
            /** @description The tax. */
            tax: string;
            /** @description What was charged. */
            total: string;
            /** @description The same amount in millionths of the currency's unit. */
            totalMicros: number;
            /** @description Whether the price contained the tax. */
            taxIncluded: boolean;
            /** @description The name of the tax. */
            taxName: string | null;
            /** @description Its rate; null: none, or several. */
            taxPercent: string | null;
            /** @description Whether the buyer accounts for the tax. */
            reverseCharge: boolean;
            /** @description The buyer's country, as ISO 3166 names it. */
            country: string | null;
            /** @description The buyer's tax id. */
            taxId: string | null;
            /** @description The buyer's name for the invoice. */
            buyerName: string | null;
            /** @description The promotion code. */
            promotionCode: string | null;
            /**
             * Format: uri
             * @description The invoice of the payment provider.
             */
            invoiceUrl: string | null;
        } | null;
        /**
         * Billing
         * @description A job's price: `reserved` (held) while open, `captured` on success, else `released`.
         *
         *     A dry run has `none`: nothing was held.
         */
        Billing: {
            /** @description Its state. */
            state: components["schemas"]["BillingState"];
            /**
             * @description Always USD.
             * @constant
             */
            currency: "USD";
            /**
             * @description The price, in dollars.
             * @example 0.30
             */
            priceUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            priceMicrousd: number;
            /**
             * @description The amount charged, in dollars.
             * @example 0.30
             */
            chargedUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            chargedMicrousd: number;
            /** @description The version of the price table. */
            priceVersion: string;
            /**
             * @description The balance after it; only on a submit.
             * @example 0.30
             */
            balanceUsd?: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            balanceMicrousd?: number;
            breakdown: components["schemas"]["Breakdown"];
        };
        /**
         * BillingDetailsShown
         * @description The buyer that the next invoices name; those issued before keep what they say.
         */
        BillingDetailsShown: {
            /** @description The company or the person. */
            name: string | null;
            /** @description Street and number. */
            line1: string | null;
            /** @description A second line of the address. */
            line2: string | null;
            /** @description The postal code. */
            postalCode: string | null;
            /** @description The city. */
            city: string | null;
            /** @description The state or province. */
            region: string | null;
            /** @description The country, as in ISO 3166. */
            country: string | null;
            /** @description The tax id, as given. */
            taxId: string | null;
            /** @description Where receipts and invoices go. */
            email: string | null;
        };
        /**
         * BillingState
         * @description The state of a hold: reserved while open, captured or released; `none` for a dry run.
         * @enum {string}
         */
        BillingState: "reserved" | "captured" | "released" | "none";
        /**
         * BindCode
         * @description The referral code or token to bind.
         */
        BindCode: {
            /**
             * @description A referral code.
             * @example ANN-10
             */
            code?: string | null;
            /** @description The token of a captured click. */
            referralToken?: string | null;
        } & ({
            code: string;
            referralToken?: null;
        } | {
            code?: null;
            referralToken: string;
        });
        /**
         * BindingShown
         * @description The account's referral code; without one, the time until which it can be bound.
         */
        BindingShown: {
            /** @description The code this account is bound to, if any. */
            boundCode: string | null;
            /**
             * Format: date-time
             * @description When the code was bound, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            boundAt: string | null;
            /**
             * Format: date-time
             * @description Null if it is bound, has bought, or is too old.
             * @example 2026-11-25T14:00:00Z
             */
            bindableUntil: string | null;
        };
        /**
         * BoundCode
         * @description The code that counts for this account from now on.
         */
        BoundCode: {
            /** @description The code this account is bound to, if any. */
            boundCode: string;
            /**
             * Format: date-time
             * @description When the code was bound, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            boundAt: string;
        };
        /**
         * Breakdown
         * @description The parts of a price: quantity x unit price x multipliers, and at least the minimum.
         *
         *     It is empty for a step that costs nothing.
         */
        Breakdown: {
            /** @description The unit that is priced. */
            unit?: string;
            /** @description How many units. */
            quantity?: string;
            /**
             * @description The price of one unit, in dollars.
             * @example 0.30
             */
            unitPriceUsd?: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            unitPriceMicrousd?: number;
            /** @description Factors by name. */
            multipliers?: {
                [key: string]: string;
            };
            /**
             * @description The lowest price, in dollars.
             * @example 0.30
             */
            minimumUsd?: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            minimumMicrousd?: number;
            /** @description The size class of the output. */
            tier?: string;
            /** @description Frames that are not charged. */
            freeFrames?: number;
            /** @description Reference pictures that are charged. */
            referenceImages?: number;
        };
        /**
         * BrowserGoogle
         * @description A token that Google signed with the nonce of this browser.
         */
        BrowserGoogle: {
            /**
             * @description An ID token that Google signed.
             * @example eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.e30.c2ln
             */
            idToken: string;
        };
        /**
         * BrowserState
         * @description The sign-in, or the ways to sign in.
         */
        BrowserState: components["schemas"]["SignedIn"] | components["schemas"]["SignedOut"];
        /**
         * BrowserVerifyEmail
         * @description A code that was sent by mail because this browser asked for it.
         */
        BrowserVerifyEmail: {
            /**
             * @description `challengeId` from the start.
             * @example chl_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            challengeId: string;
            /**
             * @description The six digits from the mail.
             * @example 042917
             */
            code: string;
        };
        /**
         * Bucket
         * @description The remaining credit of one kind, and its expiry.
         */
        Bucket: {
            /**
             * @description The kind of credit; kinds that expire are spent first.
             * @enum {string}
             */
            category: "promo" | "bonus" | "earned" | "paid";
            /**
             * @description The amount left, in dollars.
             * @example 0.30
             */
            remainingUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            remainingMicrousd: number;
            /**
             * Format: date-time
             * @description When it expires, in UTC; null: never.
             * @example 2026-11-25T14:00:00Z
             */
            expiresAt: string | null;
        };
        /**
         * Budget
         * @description A budget, and what was spent of it in the current UTC month. It alerts, and stops nothing.
         */
        Budget: {
            /**
             * @description The budget.
             * @example bud_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            budgetId: string;
            /** @description The spending it is about. */
            subject: components["schemas"]["BudgetSubject"];
            /** @description The key, member or project; null: the account. */
            subjectId: string | null;
            /**
             * @description Dollars a month.
             * @example 0.30
             */
            amountUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            amountMicrousd: number;
            /**
             * @description The UTC month.
             * @example 2026-11
             */
            month: string;
            /**
             * @description What was charged in this month, in dollars.
             * @example 0.30
             */
            spentUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            spentMicrousd: number;
            /** @description The part that is spent, in whole percent, rounded down. */
            percent: number;
            /** @description The alerts of this month, at 50, 80 and 100 %. */
            alerts: components["schemas"]["Alert"][];
        };
        /**
         * BudgetSubject
         * @description The spending that a budget is about.
         * @enum {string}
         */
        BudgetSubject: "account" | "key" | "member" | "project";
        /**
         * Budgets
         * @description The budgets of the account in this mode.
         */
        Budgets: {
            /** @description The budgets, the one of the account first. */
            data: components["schemas"]["Budget"][];
        };
        /**
         * CancelJob
         * @description The job to cancel.
         */
        CancelJob: {
            /**
             * @description A queued or running job.
             * @example job_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            jobId: string;
        };
        /**
         * CancelRequest
         * @description The request to cancel.
         */
        CancelRequest: {
            /**
             * @description The request.
             * @example req_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            requestId: string;
        };
        /**
         * Capacity
         * @description A task's load; `state` is that of live mode, or of test mode before going live.
         */
        Capacity: {
            /** @description Its state. */
            state: components["schemas"]["Availability"];
            modes: components["schemas"]["Modes"];
            /** @description Number of queued jobs. */
            queuedJobs: number;
            /** @description Seconds until a job submitted now would start, estimated. */
            estimatedStartSeconds: number | null;
        };
        /**
         * CaptureClick
         * @description A click on a link, from a page or program that has no cookies of ours.
         */
        CaptureClick: {
            /**
             * @description A referral code.
             * @example ANN-10
             */
            code: string;
            /**
             * @description Your own name for the click, kept with the sign-up.
             * @example c-1
             */
            clickId?: string | null;
            /**
             * @description Where the visitor landed. Accepted but not kept: clicks are only counted.
             * @example /
             */
            landingPath?: string | null;
            /** @description Where the visitor came from. Accepted but not kept. */
            referrer?: string | null;
        };
        /**
         * CapturedClick
         * @description A recorded click; the code of a visitor's first click counts.
         */
        CapturedClick: {
            /** @description Whether the code is active. */
            captured: boolean;
            /** @description The code that counts: that of the first click. */
            code: string;
            /** @description Send it at sign-up if there are no cookies. */
            referralToken: string | null;
            /**
             * Format: date-time
             * @description When it expires, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            expiresAt: string | null;
        };
        /**
         * CardPage
         * @description A page of Stripe that saves a card: send the person to `url`. It charges nothing.
         */
        CardPage: {
            /** @description The page at the payment provider. */
            sessionId: string;
            /**
             * Format: uri
             * @description Where the person saves the card.
             */
            url: string;
        };
        /**
         * ChangeAccountSettings
         * @description New settings; omitted fields stay.
         */
        ChangeAccountSettings: {
            /** @description Default limits of new keys; existing keys keep theirs. */
            spendPolicy?: components["schemas"]["SpendPolicy"];
            /**
             * @description The first page after signing in.
             * @enum {string|null}
             */
            home?: "create" | "console" | null;
            /**
             * @description Which results made on pages to keep for longer than 48 hours.
             * @enum {string|null}
             */
            autoKeep?: "all" | "starred" | "none" | null;
            /** @description Mail when an agent's plan waits for a person. */
            mailPlans?: boolean | null;
            /** @description Mail when a job of over a minute, made on pages, ends. */
            mailDone?: boolean | null;
            /** @description Mail with last month's statement on the first of a month. */
            mailStatement?: boolean | null;
        };
        /**
         * ChangeAffiliate
         * @description New values; omitted fields stay. Payout fields need a browser session.
         */
        ChangeAffiliate: {
            /**
             * @description The name shown to visitors.
             * @example Ann
             */
            displayName?: string | null;
            /**
             * @description Where the links will be.
             * @example https://example.com
             */
            website?: string | null;
            /**
             * @description A new code, once every 30 days; links with the old one still count.
             * @example ANN-10
             */
            code?: string | null;
            /**
             * @description How payouts are made.
             * @enum {string|null}
             */
            payoutMethod?: "usdc" | "paypal" | "bank" | "account_credit" | null;
            /** @description A wallet on Base for usdc, an address for paypal, an account for bank; none for account_credit. */
            payoutDestination?: string | null;
        };
        /**
         * ChangeAgent
         * @description New agent settings; omitted fields stay.
         */
        ChangeAgent: {
            /** @description False: it accepts no messages. */
            enabled?: boolean | null;
            /**
             * @description The most one message may cost, at most 2.00.
             * @example 0.25
             */
            maxPriceUsd?: string | null;
            /** @description Instructions it always follows. */
            instructions?: string | null;
        } | null;
        /**
         * ChangeAsset
         * @description Changes to an asset; omitted fields stay.
         */
        ChangeAsset: {
            /**
             * @description The asset.
             * @example ast_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            assetId: string;
            /**
             * @description Its name.
             * @example Fox
             */
            name?: string | null;
            /** @description Words to find it by. */
            tags?: string[] | null;
            /** @description Free-form notes. */
            notes?: string | null;
            /** @description 0 means not rated, 5 is best. */
            rating?: number | null;
            /** @description True deletes it: its bytes are purged after 30 days. */
            archived?: boolean | null;
            /**
             * @description Where to move it.
             * @example proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            projectId?: string | null;
        };
        /**
         * ChangeBillingDetails
         * @description The buyer that the next invoices name; what is left out or null is removed.
         */
        ChangeBillingDetails: {
            /** @description The company or the person. */
            name?: string | null;
            /** @description Street and number. */
            line1?: string | null;
            /** @description A second line of the address. */
            line2?: string | null;
            /** @description The postal code. */
            postalCode?: string | null;
            /** @description The city. */
            city?: string | null;
            /** @description The state or province. */
            region?: string | null;
            /**
             * @description The country, as in ISO 3166.
             * @example DE
             */
            country?: string | null;
            /**
             * @description Printed on invoices as given: its form is checked, no register is asked.
             * @example DE123456789
             */
            taxId?: string | null;
            /** @description Where receipts and invoices go; null: the address of the purchase. */
            email?: string | null;
        };
        /**
         * ChangeDefaults
         * @description The usual forms; omitted fields stay.
         */
        ChangeDefaults: {
            /** @description For images. */
            image?: components["schemas"]["ChangeImageDefaults"];
            /** @description For videos. */
            video?: components["schemas"]["ChangeVideoDefaults"];
        } | null;
        /**
         * ChangeFilm
         * @description Changes to a film; omitted fields stay.
         */
        ChangeFilm: {
            /**
             * @description The film.
             * @example flm_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            filmId: string;
            /**
             * @description The title of its storyboard, too.
             * @example The hatch
             */
            title?: string | null;
            /**
             * @description The clips in order; null: follow the storyboard again.
             * @example [
             *       {
             *         "shotId": "shot_1",
             *         "tailFrames": 12
             *       }
             *     ]
             */
            cut?: components["schemas"]["CutClip"][] | null;
        };
        /**
         * ChangeImageDefaults
         * @description The usual size of images; omitted fields stay.
         */
        ChangeImageDefaults: {
            /** @description Width in pixels. */
            width?: number | null;
            /** @description Height in pixels. */
            height?: number | null;
        } | null;
        /**
         * ChangeKey
         * @description Changes to a key; omitted fields stay.
         */
        ChangeKey: {
            /**
             * @description The API key, by id.
             * @example key_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            keyId: string;
            /** @description Its purpose. */
            label?: string | null;
            /** @description The scopes of the key. */
            scopes?: ("media" | "studio" | "account:read" | "billing" | "studio:approve" | "admin")[] | null;
            /** @description Limits to change; omitted limits stay, and so does usage. */
            spendPolicy?: components["schemas"]["SpendPolicy"];
            /**
             * Format: date-time
             * @description When the key expires; null: never.
             */
            expiresAt?: string | null;
        };
        /**
         * ChangeMember
         * @description Changes to a member; omitted fields stay.
         */
        ChangeMember: {
            /**
             * @description The member, by id.
             * @example mbr_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            memberId: string;
            /**
             * @description `admin`: everything but closing the account and payouts; `developer`: media and studio, own keys; `viewer`: reads only.
             * @enum {string|null}
             */
            role?: "admin" | "developer" | "viewer" | null;
            /** @description Caps of live money. */
            limits?: components["schemas"]["MemberLimits-Input"];
        };
        /**
         * ChangeOutputs
         * @description Changes to results; omitted fields stay.
         */
        ChangeOutputs: {
            /** @description Results of this account. */
            outputs: components["schemas"]["OutputRef"][];
            /** @description Give them a star, or take it away. */
            starred?: boolean | null;
            /**
             * @description Its new name, only for one result; null takes the name away.
             * @example Fox
             */
            name?: string | null;
        };
        /**
         * ChangeProject
         * @description Changes to a project; omitted fields stay.
         */
        ChangeProject: {
            /**
             * @description The project.
             * @example proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            projectId: string;
            /**
             * @description Its name.
             * @example Fox
             */
            name?: string | null;
            /** @description Its subject. */
            description?: string | null;
            /**
             * @description An image of the project as its cover; null: none.
             * @example ast_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            coverAssetId?: string | null;
            /** @description True makes it read-only. */
            archived?: boolean | null;
        };
        /**
         * ChangeSettings
         * @description Any part of the settings; it is merged into what is there.
         */
        ChangeSettings: {
            /**
             * @description null: none.
             * @example proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            selectedProjectId?: string | null;
            /**
             * @description null: none.
             * @example thr_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            selectedThreadId?: string | null;
            /** @description Default values. */
            defaults?: components["schemas"]["ChangeDefaults"];
            /** @description The studio's agent. */
            agent?: components["schemas"]["ChangeAgent"];
        };
        /**
         * ChangeShare
         * @description Changes to a share; omitted fields stay.
         */
        ChangeShare: {
            /**
             * @description The share.
             * @example shr_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            shareId: string;
            /** @description Which details the page shows beside the result. */
            show?: components["schemas"]["ShareShowChange"];
            /** @description Whether Remix is offered. */
            remix?: boolean | null;
            /**
             * Format: date-time
             * @description When the link ends, at most a year ahead.
             */
            expiresAt?: string | null;
        };
        /**
         * ChangeThread
         * @description Changes to a thread; omitted fields stay.
         */
        ChangeThread: {
            /**
             * @description The thread.
             * @example thr_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            threadId: string;
            /**
             * @description Its name.
             * @example Teaser
             */
            title?: string | null;
            /** @description True: it is no longer listed. */
            archived?: boolean | null;
        };
        /**
         * ChangeTopUp
         * @description The terms of auto top-up: when to charge the saved card, for what, and how much at most.
         */
        ChangeTopUp: {
            /**
             * @description Charge when less than this is available, in dollars; at most the package's credit.
             * @example 5.00
             */
            thresholdUsd: string;
            /**
             * @description The package to buy.
             * @example builder_600
             */
            packageCode: string;
            /**
             * @description The currency to charge in; the package must have a price in it. Default: usd.
             * @example usd
             */
            currency?: string;
            /**
             * @description The most to charge in a calendar month (UTC), tax included, in `currency`.
             * @example 50.00
             */
            monthlyMaximum: string;
        };
        /**
         * ChangeVideoDefaults
         * @description The usual form of videos; omitted fields stay.
         */
        ChangeVideoDefaults: {
            /** @description Width in pixels. */
            width?: number | null;
            /** @description Height in pixels. */
            height?: number | null;
            /** @description Frames a second. */
            fps?: number | null;
            /** @description Frames. */
            durationFrames?: number | null;
        } | null;
        /**
         * ChangedOutputs
         * @description The results as they are now, in the order in which they were sent.
         */
        ChangedOutputs: {
            /** @description The results. */
            data: components["schemas"]["MediaOutput"][];
            /** @description Results that were starred and could not be kept. */
            notKept: components["schemas"]["NotKept"][];
        };
        /**
         * Character
         * @description A character of the storyboard.
         */
        Character: {
            /**
             * @description Short name that never changes: a to z, 0 to 9, underscores and hyphens, 32 at most.
             * @example fox
             */
            id: string;
            /** @description One line. */
            name?: string | null;
            /** @description Pictures of it. */
            references?: string[];
            /** @description What it looks like. */
            description?: string | null;
        };
        /**
         * ChosenOutputs
         * @description The results to delete.
         */
        ChosenOutputs: {
            /** @description Results of this account. */
            outputs: components["schemas"]["OutputRef"][];
        };
        /**
         * Claim
         * @description The checkout to settle.
         */
        Claim: {
            /** @description The checkout at the payment provider. */
            sessionId?: string | null;
            /** @description The checkout. */
            checkoutId?: string | null;
            /** @description Creates the account's first API key, if it never had one, once the credit has arrived; browser sessions only. */
            keyLabel?: string | null;
        } & ({
            sessionId: string;
            checkoutId?: null;
        } | {
            sessionId?: null;
            checkoutId: string;
        });
        /**
         * ClaimCard
         * @description The page on which the person saved a card.
         */
        ClaimCard: {
            /** @description The page at the payment provider. */
            sessionId: string;
        };
        /**
         * ClaimCrypto
         * @description The checkout to settle, or the transaction that paid it.
         */
        ClaimCrypto: {
            /** @description The checkout. */
            checkoutId?: string | null;
            /**
             * @description Its hash; looked up at once, even long after the checkout expired.
             * @example 0x5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c
             */
            transaction?: string | null;
        } & ({
            checkoutId: string;
            transaction?: null;
        } | {
            checkoutId?: null;
            transaction: string;
        });
        /**
         * Claimed
         * @description The state of a checkout.
         */
        Claimed: {
            /** @description The checkout. */
            checkoutId: string;
            /**
             * @description Its state.
             * @enum {string}
             */
            state: "creating" | "open" | "processing" | "credited" | "expired" | "failed" | "review";
            /** @description The purchase. */
            purchaseId: string | null;
            /**
             * @description The credit that arrived, in dollars.
             * @example 0.30
             */
            creditedUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            creditedMicrousd: number;
            /**
             * @description The bonus credit on top, in dollars.
             * @example 0.30
             */
            bonusUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            bonusMicrousd: number;
            /**
             * @description The available balance, in dollars.
             * @example 0.30
             */
            balanceUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            balanceMicrousd: number;
            /** @description The number of the receipt. */
            receiptNumber: string | null;
            /** @description Wait this many seconds, then ask again; null: it is settled. */
            retryAfterSeconds: number | null;
            /** @description Shown only this once, if `keyLabel` created it. */
            apiKey: string | null;
        };
        /**
         * Clip
         * @description One clip of the list, and its trims.
         */
        Clip: {
            /** @description The clip, at most 300 s and 120 frames a second: https://…, asset://ast_… or job://job_…/0. Excludes its inline twin. */
            videoUrl?: string | null;
            /** @description The clip, at most 300 s and 120 frames a second, inline: a data URI or {mimeType, data}, at most 10 MiB. Excludes its …Url twin. */
            video?: (string | components["schemas"]["InlineMedia"]) | null;
            /** @description A job of this account; its first output is the source, as job://<jobId>/0. */
            jobId?: string | null;
            /** @description Frames cut off the head; wins over overlapFrames and recorded overlap. */
            trimHeadFrames?: number | null;
            /** @description Frames cut off the tail. */
            trimTailFrames?: number;
        };
        /**
         * CloseAccount
         * @description A request to close the account, and the credit given up.
         */
        CloseAccount: {
            /**
             * @description The exact amount to forfeit: `forfeitUsd` as read. It will not be refunded.
             * @example 0.00
             */
            forfeitUsd: string;
        };
        /**
         * ClosedAccount
         * @description An account that is closed for good.
         */
        ClosedAccount: {
            /** @description The account. */
            accountId: string;
            /**
             * Format: date-time
             * @description When it was closed, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            closedAt: string;
            /**
             * @description Real money that was forfeited, in dollars.
             * @example 0.30
             */
            forfeitUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            forfeitMicrousd: number;
        };
        /**
         * ClosingShown
         * @description The effects of closing the account.
         */
        ClosingShown: {
            /** @description The reasons that prevent closing now; empty: none. */
            blockedBy: ("money_held" | "debt" | "account_frozen" | "payout_open" | "payment_open")[];
            /**
             * @description Real money that would be forfeited: credit bought or earned, and commission.
             * @example 0.30
             */
            forfeitUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            forfeitMicrousd: number;
            /**
             * @description Free and bonus live credit that would expire.
             * @example 0.30
             */
            expiresUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            expiresMicrousd: number;
        };
        /**
         * CodeValidity
         * @description A referral code, and if it is active.
         */
        CodeValidity: {
            /** @description Whether it is active. */
            valid: boolean;
            /** @description The code, as it is written. */
            code: string;
            /** @description The name shown to visitors. */
            displayName: string | null;
        };
        /**
         * CommissionShown
         * @description A commission, or its change by a refund or dispute: negative if it was reduced.
         */
        CommissionShown: {
            /** @description The commission. */
            id: string;
            /**
             * @description Its kind.
             * @enum {string}
             */
            kind: "commission" | "clawback" | "restored";
            /** @description Its state. */
            state: components["schemas"]["CommissionState"];
            /**
             * @description The purchase it is for, in dollars.
             * @example 0.30
             */
            purchaseUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            purchaseMicrousd: number;
            /**
             * @description The commission, in dollars.
             * @example 0.30
             */
            commissionUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            commissionMicrousd: number;
            /** @description The commission, in hundredths of a percent. */
            rateBps: number;
            /**
             * Format: date-time
             * @description When it was created, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it will be approved unless refunded, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            approveAt: string;
        };
        /**
         * CommissionState
         * @description The state of a commission; one on `hold` waits for a person.
         * @enum {string}
         */
        CommissionState: "pending" | "hold" | "approved" | "in_payout" | "paid" | "reversed";
        /**
         * Commissions
         * @description A page of commissions.
         */
        Commissions: {
            /** @description The commissions. */
            data: components["schemas"]["CommissionShown"][];
            /** @description Send it as `cursor` for the next page; null on the last page. */
            nextCursor: string | null;
        };
        /**
         * ConnectedApp
         * @description An app connected by OAuth, and the MCP tools that it sees.
         */
        ConnectedApp: {
            /** @description Its client id: issued here, or the URL of its metadata. */
            clientId: string;
            /**
             * Format: uri
             * @description Its redirect address.
             */
            redirectUri: string;
            /** @description The MCP tools it sees. */
            toolsets: string[];
            /** @description Whether it sees only read-only tools. */
            readOnly: boolean;
        } | null;
        /**
         * Consume
         * @description Credit to spend on something outside this gateway.
         */
        Consume: {
            /**
             * @description Dollars to spend.
             * @example 0.30
             */
            amountUsd?: string | null;
            /** @description Or micro-USD. */
            amountMicrousd?: number | null;
            /** @description Its purpose. */
            description?: string;
        } & ({
            amountUsd: string;
            amountMicrousd?: null;
        } | {
            amountUsd?: null;
            amountMicrousd: number;
        });
        /**
         * Consumed
         * @description Credit that was spent; `balance` is what is available after it.
         */
        Consumed: {
            /** @description The transfer in the ledger. */
            transferId: string;
            /**
             * @description The amount spent, in dollars.
             * @example 0.30
             */
            consumedUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            consumedMicrousd: number;
            /**
             * @description The balance available after it, in dollars.
             * @example 0.30
             */
            balanceUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            balanceMicrousd: number;
        };
        /**
         * Continuity
         * @description A shot that continues an earlier one.
         */
        Continuity: {
            /**
             * @description Short name that never changes: a to z, 0 to 9, underscores and hyphens, 32 at most.
             * @example shot_1
             */
            fromShotId: string;
            /** @description Frames of the earlier shot at its start; moved to the nearest 8n + 1. Default: 9. */
            overlapFrames?: number;
        } | null;
        /**
         * Counts
         * @description The size of a project; archived assets do not count.
         */
        Counts: {
            /** @description Number of threads. */
            threads: number;
            /** @description Number of assets kept. */
            assets: number;
        };
        /**
         * CreateFilm
         * @description A new film of a document, of a script, or empty; or the film of an existing storyboard.
         */
        CreateFilm: {
            /**
             * @description Its name; default: the title of its storyboard, or Untitled.
             * @example The hatch
             */
            title?: string | null;
            /**
             * @description Default: the selected project, else one called Inbox.
             * @example proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            projectId?: string | null;
            /** @description Its storyboard. */
            document?: components["schemas"]["Storyboard"] | null;
            /**
             * @description Instead of a document: Markdown as exported, or a Fountain screenplay.
             * @example INT. AIRLOCK - NIGHT
             *
             *     A fox leans on a hatch.
             */
            script?: string | null;
            /**
             * @description Instead of both: an existing storyboard, which stays as it is.
             * @example ast_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            storyboardAssetId?: string | null;
        };
        /**
         * CreateFilmThread
         * @description The film to talk about.
         */
        CreateFilmThread: {
            /**
             * @description The film.
             * @example flm_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            filmId: string;
        };
        /**
         * CreateKey
         * @description A new API key of this account and mode.
         */
        CreateKey: {
            /**
             * @description Its purpose.
             * @example my agent
             */
            label: string;
            /**
             * @description The scopes of the key; default: media, studio, account:read, billing.
             * @example [
             *       "media",
             *       "account:read"
             *     ]
             */
            scopes?: ("media" | "studio" | "account:read" | "billing" | "studio:approve" | "admin")[] | null;
            /** @description Its spending limits. */
            spendPolicy?: components["schemas"]["SpendPolicy"];
            /**
             * Format: date-time
             * @description When the key expires.
             */
            expiresAt?: string | null;
            /**
             * @description Real or play money; default: the caller's. A test key creates no live key.
             * @enum {string|null}
             */
            mode?: "live" | "test" | null;
        };
        /**
         * CreateProject
         * @description A new project.
         */
        CreateProject: {
            /**
             * @description Its name.
             * @example Fox
             */
            name: string;
            /** @description Its subject. */
            description?: string;
        };
        /**
         * CreateShare
         * @description A result to share, and what its page tells.
         */
        CreateShare: {
            /** @description The kind of thing shared. Default: output. */
            kind?: components["schemas"]["ShareKind"];
            /**
             * @description The result: `job://JOB/n`, the `asset://ID` that keeps one, or the `film://ID` of a rendered film.
             * @example job://job_01J8ZQ4V8Y6T3N5R7W9XABCDEF/0
             */
            ref: string;
            /** @description Which details the page shows beside the result. */
            show?: components["schemas"]["NewShareShow"];
            /** @description True offers Remix, which reveals prompt and settings, never files or seed. Default: true. */
            remix?: boolean;
            /**
             * Format: date-time
             * @description When the link ends, at most a year ahead; default: in 30 days.
             */
            expiresAt?: string | null;
        };
        /**
         * CreateStoryboard
         * @description A new storyboard; without `document` an empty one, called like the asset.
         */
        CreateStoryboard: {
            /**
             * @description The project.
             * @example proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            projectId: string;
            /**
             * @description Its name.
             * @example Fox
             */
            name: string;
            /** @description The storyboard itself. */
            document?: components["schemas"]["Storyboard"] | null;
        };
        /**
         * CreateText
         * @description A new text document.
         */
        CreateText: {
            /**
             * @description The project.
             * @example proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            projectId: string;
            /**
             * @description Its name.
             * @example Fox
             */
            name: string;
            /**
             * @description Markdown, at most 1 MiB.
             * @example # Notes
             */
            content?: string;
        };
        /**
         * CreateThread
         * @description A new thread.
         */
        CreateThread: {
            /**
             * @description The project.
             * @example proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            projectId: string;
            /**
             * @description Default: taken from the first message.
             * @example Teaser
             */
            title?: string | null;
        };
        /**
         * CreateUploadLink
         * @description One file, or up to 32 files, to be uploaded without a key.
         */
        CreateUploadLink: {
            /**
             * @description A label; for text its kind: .md or .txt. The bytes decide other types.
             * @example fox.png
             */
            filename?: string | null;
            /** @description The plain names of several files in one folder. */
            filenames?: string[] | null;
            /**
             * @description Default: the selected project, else one called Inbox.
             * @example proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            projectId?: string | null;
            /** @description The maximum size of a file; at most 512 MiB. */
            bytes?: number | null;
        } & ({
            filename: string;
            filenames?: null;
        } | {
            filename?: null;
            filenames: unknown[];
        });
        /**
         * CreatedBy
         * @description A version's author; the id is null where a file was uploaded.
         */
        CreatedBy: {
            /**
             * @description Who made it.
             * @enum {string}
             */
            type: "key" | "session" | "agent" | "plan";
            /** @description Its id; null where a file was uploaded. */
            id: string | null;
        };
        /**
         * CreatedKey
         * @description A new API key; `apiKey` is shown this one time.
         */
        CreatedKey: {
            /** @description The id of the key, or of the connection of an app. */
            id: string;
            /** @description Its purpose. */
            label: string;
            /** @description The visible start of the key. */
            keyPrefix: string;
            /** @description The last four characters of the key. */
            last4: string;
            /**
             * @description `live` is real money, `test` is play money.
             * @enum {string}
             */
            mode: "live" | "test";
            /** @description The scopes of the key. */
            scopes: string[];
            spendPolicy: components["schemas"]["SpendPolicyShown"];
            /** @description Null for a key that never had a cap. */
            spent: components["schemas"]["Spent"];
            /**
             * Format: date-time
             * @description When it expires, in UTC; null: never.
             * @example 2026-11-25T14:00:00Z
             */
            expiresAt: string | null;
            /**
             * Format: date-time
             * @description When it was created, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it was last used, in UTC; null: never.
             * @example 2026-11-25T14:00:00Z
             */
            lastUsedAt: string | null;
            /**
             * Format: date-time
             * @description When it was revoked, in UTC; null: it works.
             * @example 2026-11-25T14:00:00Z
             */
            revokedAt: string | null;
            /** @description Who made the key. */
            mintedBy: string;
            /** @description Null for an API key. */
            app: components["schemas"]["ConnectedApp"];
            /** @description The API key. It is shown only once. */
            apiKey: string | null;
            /** @description Whether the key was already shown; if so it is not shown again. */
            alreadyShown: boolean;
        };
        /**
         * CryptoCheckout
         * @description An open checkout: send `amount` of the asset to `address` before `expiresAt`.
         *
         *     If `checkoutUrl` is set, the person pays on that page instead, and `address` is null.
         */
        CryptoCheckout: {
            /** @description The checkout. */
            checkoutId: string;
            /**
             * @description Who took the payment.
             * @enum {string}
             */
            provider: "onchain" | "coinbase";
            /** @description The blockchain network, such as base-sepolia. */
            network: string;
            /** @description The id of the chain (EIP-155). */
            chainId: number;
            /**
             * @description The token that is accepted.
             * @constant
             */
            asset: "USDC";
            /** @description The contract of the token. */
            assetAddress: string;
            /** @description The address to pay to. */
            address: string | null;
            /** @description In atomic units of the asset: 1,000,000 is one USDC. */
            amount: string;
            /** @description The package. */
            packageCode: string;
            /**
             * @description The price, in dollars.
             * @example 0.30
             */
            priceUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            priceMicrousd: number;
            /**
             * @description The credit it gives, in dollars.
             * @example 0.30
             */
            creditUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            creditMicrousd: number;
            /**
             * @description The bonus credit on top, in dollars.
             * @example 0.30
             */
            bonusUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            bonusMicrousd: number;
            /** @description A payment link that wallets can open (EIP-681). */
            uri: string | null;
            /** @description The same link as a QR code: an SVG element. */
            qrSvg: string | null;
            /**
             * Format: uri
             * @description The provider's payment page, if it has one.
             */
            checkoutUrl: string | null;
            /** @description Blocks needed before credit arrives. */
            confirmationsRequired: number;
            /**
             * Format: date-time
             * @description When it expires, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            expiresAt: string;
            /** @description True for real money, false for play money. */
            livemode: boolean;
        };
        /**
         * CryptoClaimed
         * @description The state of a checkout.
         */
        CryptoClaimed: {
            /** @description The checkout. */
            checkoutId: string;
            /**
             * @description Its state.
             * @enum {string}
             */
            state: "open" | "seen" | "processing" | "credited" | "underpaid" | "expired" | "failed" | "review";
            /** @description Of the newest deposit that is in a block. */
            confirmations: number;
            /** @description Blocks needed before credit arrives. */
            confirmationsRequired: number;
            /**
             * @description The amount that arrived on the chain, in dollars.
             * @example 0.30
             */
            receivedUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            receivedMicrousd: number;
            /**
             * @description The credit that arrived, in dollars.
             * @example 0.30
             */
            creditedUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            creditedMicrousd: number;
            /**
             * @description The bonus credit on top, in dollars.
             * @example 0.30
             */
            bonusUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            bonusMicrousd: number;
            /**
             * @description The available balance, in dollars.
             * @example 0.30
             */
            balanceUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            balanceMicrousd: number;
            /** @description The transfers that arrived. */
            deposits: components["schemas"]["DepositShown"][];
            /** @description Wait this many seconds, then ask again; null: it is settled. */
            retryAfterSeconds: number | null;
        };
        /**
         * CryptoMethod
         * @description Payment in USDC; the fields are null if not accepted.
         */
        CryptoMethod: {
            /** @description Whether one can pay this way now. */
            enabled: boolean;
            /**
             * @description Who took the payment.
             * @enum {string|null}
             */
            provider: "onchain" | "coinbase" | null;
            /** @description The blockchain network, such as base-sepolia. */
            network: string | null;
            /**
             * @description The token that is accepted.
             * @enum {string|null}
             */
            asset: "USDC" | null;
            /** @description Blocks needed before credit arrives. */
            confirmationsRequired: number | null;
        };
        /**
         * CurrentTeam
         * @description The team of others that a browser works in.
         */
        CurrentTeam: {
            /** @description The account. */
            accountId: string;
            /** @description The address of its owner, or its label. */
            name: string;
            /**
             * @description Your role in it.
             * @enum {string}
             */
            role: "admin" | "developer" | "viewer";
        } | null;
        /**
         * CutClip
         * @description One clip of a cut, by its shot, its source, or both.
         */
        CutClip: {
            /**
             * @description The shot of the storyboard that it shows.
             * @example shot_1
             */
            shotId?: string | null;
            /**
             * @description The clip: `asset://ID` or `job://ID/0`; null: the chosen take of the shot.
             * @example asset://ast_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            source?: string | null;
            /** @description Frames cut off the head, beyond `overlapFrames`. */
            headFrames?: number;
            /** @description Frames cut off the tail. */
            tailFrames?: number;
            /** @description Frames at the head that repeat the clip before it, and are cut off too. */
            overlapFrames?: number;
        };
        /**
         * Dashboard
         * @description Clicks and people within the days; money of all time, as the ledger has it.
         *
         *     All commission ever made is pending, on hold, approved, paid or reversed.
         */
        Dashboard: {
            /** @description How often a link was followed. */
            clicks: number;
            /** @description How many people signed up. */
            signUps: number;
            /** @description How many people bought. */
            buyers: number;
            /**
             * @description Not approved yet, in dollars.
             * @example 0.30
             */
            pendingUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            pendingMicrousd: number;
            /**
             * @description Approved and not paid out, less clawbacks, in dollars.
             * @example 0.30
             */
            approvedUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            approvedMicrousd: number;
            /**
             * @description In requested payouts, in dollars.
             * @example 0.30
             */
            inPayoutUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            inPayoutMicrousd: number;
            /**
             * @description Paid out, in dollars.
             * @example 0.30
             */
            paidUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            paidMicrousd: number;
            /**
             * @description Taken back by refunds and disputes, in dollars.
             * @example 0.30
             */
            reversedUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            reversedMicrousd: number;
            /**
             * @description On hold until the operator decides, in dollars.
             * @example 0.30
             */
            holdUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            holdMicrousd: number;
            /**
             * @description Approved less what is in a payout, in dollars.
             * @example 0.30
             */
            availableUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            availableMicrousd: number;
            /** @description The same by UTC day. */
            series: components["schemas"]["DashboardDay"][];
        };
        /**
         * DashboardDay
         * @description One UTC day.
         */
        DashboardDay: {
            /** @description The day, as in 2026-11-25. */
            date: string;
            /** @description How often a link was followed. */
            clicks: number;
            /** @description How many people signed up. */
            signUps: number;
            /**
             * @description The commission, in dollars.
             * @example 0.30
             */
            commissionUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            commissionMicrousd: number;
        };
        /**
         * DecideLink
         * @description The person's decision on a device.
         */
        DecideLink: {
            /**
             * @description The code shown on the device; case, spaces and hyphens are ignored.
             * @example BCDF-GHJK
             */
            userCode: string;
            /** @description False denies. Default: true. */
            approve?: boolean;
            /** @description Name of the key; default: the client's name. */
            label?: string | null;
            /** @description Grant only these of the requested scopes. */
            scopes?: ("media" | "studio" | "account:read" | "billing" | "studio:approve" | "admin")[] | null;
            /** @description Limits instead of the requested ones; an omitted one is the tighter of the requested and the usual limit. */
            spendPolicy?: components["schemas"]["SpendPolicy"];
            /**
             * Format: date-time
             * @description When the key expires.
             */
            expiresAt?: string | null;
        };
        /**
         * Defaults
         * @description The studio's defaults for images and videos.
         */
        Defaults: {
            image: components["schemas"]["ImageDefaults"];
            video: components["schemas"]["VideoDefaults"];
        };
        /**
         * DeleteBudget
         * @description The budget to delete.
         */
        DeleteBudget: {
            /**
             * @description The budget.
             * @example bud_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            budgetId: string;
        };
        /**
         * DeletedOutputs
         * @description The deleted results, and the moment that names this deletion.
         */
        DeletedOutputs: {
            /** @description The results. */
            data: components["schemas"]["MediaOutput"][];
            /** @description Results that were starred and could not be kept. */
            notKept: components["schemas"]["NotKept"][];
            /**
             * Format: date-time
             * @description When they were deleted, in UTC; restoreOutputs takes it instead of `outputs`.
             * @example 2026-11-25T14:00:00Z
             */
            deletedAt: string;
        };
        /**
         * Delivery
         * @description One message to a receiver; `stopped` is by a 410, `failed` is after the last retry.
         */
        Delivery: {
            /**
             * @description The message, also its `webhook-id`.
             * @example whd_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            deliveryId: string;
            /**
             * @description The job.
             * @example job_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            jobId: string;
            /**
             * @description Which event it is.
             * @enum {string}
             */
            type: "job.started" | "job.completed";
            /**
             * Format: uri
             * @description Without its query string.
             */
            url: string;
            /**
             * @description Its progress.
             * @enum {string}
             */
            status: "pending" | "delivered" | "stopped" | "failed";
            /** @description Each attempt to send it. */
            tries: components["schemas"]["DeliveryTry"][];
            /**
             * Format: date-time
             * @description When it is sent next, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            nextTryAt: string | null;
            /**
             * Format: date-time
             * @description When it was created, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            createdAt: string;
        };
        /**
         * DeliveryPage
         * @description A page of deliveries, newest first.
         */
        DeliveryPage: {
            /** @description The deliveries, newest first. */
            data: components["schemas"]["Delivery"][];
            /** @description Send it as `cursor` for the next page; null on the last page. */
            nextCursor: string | null;
        };
        /**
         * DeliveryTry
         * @description One try; without `error` the receiver accepted it.
         */
        DeliveryTry: {
            /**
             * Format: date-time
             * @description When it happened, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            at: string;
            /** @description The status that the receiver answered; null for no answer. */
            httpStatus: number | null;
            /** @description How long it took, in milliseconds. */
            durationMs: number;
            /** @description Why it was not accepted; null if it was. */
            error: string | null;
        };
        /**
         * DepositShown
         * @description A transfer that arrived at the address of a checkout.
         */
        DepositShown: {
            /** @description The hash of the transaction. */
            transaction: string;
            /**
             * @description The amount of the transfer, in dollars.
             * @example 0.30
             */
            amountUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            amountMicrousd: number;
            /** @description Blocks on top of it, its own included. */
            confirmations: number;
            /**
             * @description `orphaned`: its block was replaced before it was credited. `reversed`: after.
             * @enum {string}
             */
            state: "seen" | "credited" | "orphaned" | "reversed";
        };
        /**
         * Dialogue
         * @description One line of dialogue.
         */
        Dialogue: {
            /** @description Who speaks. */
            character: string;
            /** @description How it is said. */
            parenthetical?: string | null;
            /** @description The line. */
            line: string;
        };
        /**
         * DroppedStep
         * @description A step that would not run.
         */
        DroppedStep: {
            /** @description The step. */
            stepId: string;
            /** @description The steps it needs and that were not asked for; empty if it was not itself. */
            needs: string[];
        };
        /**
         * DryRun
         * @description The effect and price of a submit; nothing was stored.
         */
        DryRun: {
            /** @description The input as it is executed. */
            effectiveInput: {
                [key: string]: unknown;
            };
            /** @description Each value that was moved to its grid, and the rule. */
            inputAdjustments: components["schemas"]["Adjustment"][];
            /** @description Advice that changes nothing. */
            warnings: components["schemas"]["InputWarning"][];
            /**
             * @description The price, in dollars.
             * @example 0.30
             */
            priceUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            priceMicrousd: number;
            /** @description The version of the price table. */
            priceVersion: string;
            breakdown: components["schemas"]["Breakdown"];
            /**
             * @description Tells it from a job.
             * @constant
             */
            dryRun: true;
            billing: components["schemas"]["Billing"];
            /** @description Whether the balance and the key's caps allow it now. */
            affordable: boolean;
            /**
             * @description The available balance, in dollars.
             * @example 0.30
             */
            balanceUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            balanceMicrousd: number;
            /** @description Error codes a submit would get now. */
            blockedBy: string[];
        };
        /**
         * EmailStarted
         * @description A code is on its way.
         */
        EmailStarted: {
            /** @description The sign-in that a code was sent for. */
            challengeId: string;
            /** @description Seconds until the code expires. */
            expiresInSeconds: number;
            /** @description Seconds until another code can be sent. */
            resendAfterSeconds: number;
        };
        /**
         * ExecutePlan
         * @description The plan to run, as it was seen.
         */
        ExecutePlan: {
            /**
             * @description The plan.
             * @example plan_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            planId: string;
            /**
             * @description Its hash, as shown in the plan.
             * @example sha256:0000000000000000000000000000000000000000000000000000000000000000
             */
            planHash: string;
            /** @description Run only these, including all they need; the others are dropped permanently. */
            stepIds?: string[] | null;
            /**
             * @description A higher total is refused.
             * @example 0.30
             */
            maxTotalUsd?: string | null;
            /** @description The person in front of the client has confirmed. */
            confirmedInClient?: boolean;
        };
        /**
         * Film
         * @description A film: one storyboard, the cut of its takes, and what was rendered from it.
         */
        Film: {
            /**
             * @description The film.
             * @example flm_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            filmId: string;
            /** @description The name of the film. */
            title: string;
            /**
             * @description The project.
             * @example proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            projectId: string;
            /**
             * @description The storyboard it is made of.
             * @example ast_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            storyboardAssetId: string;
            /** @description Shots of the storyboard. */
            shotCount: number;
            /** @description Shots in the cut whose takes are to be made. */
            missingShots: string[];
            /**
             * @description The newest plan that is rendering it now; null if none is.
             * @example plan_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            renderingPlanId: string | null;
            /** @description The finished film; null before. */
            finalOutput: components["schemas"]["FilmOutput"];
            /** @description A clip or picture to show for it: the `ref` of getPreview. */
            poster: string | null;
            /**
             * @description The thread of its talk; null before createFilmThread.
             * @example thr_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            threadId: string | null;
            /** @description Of the finished film; null before. */
            seconds: number | null;
            /**
             * @description The cost of its takes and renders.
             * @example 0.30
             */
            costUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            costMicrousd: number;
            /** @description Rises with every change of it. */
            version: number;
            /** @description Changes with board, cut and render; send it as `If-Match`. */
            etag: string;
            /**
             * Format: date-time
             * @description When it was created, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it last changed, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            updatedAt: string;
            /** @description The clips in order. */
            cut: components["schemas"]["FilmClip"][];
            /** @description False while the cut follows the storyboard. */
            cutEdited: boolean;
        };
        /**
         * FilmClip
         * @description One clip of a cut, with the measures of its source.
         */
        FilmClip: {
            /** @description The shot of the storyboard that it shows. */
            shotId: string | null;
            /** @description The clip: `asset://ID` or `job://ID/0`; null: the chosen take of the shot. */
            source: string | null;
            /** @description Frames cut off the head, beyond `overlapFrames`. */
            headFrames: number;
            /** @description Frames cut off the tail. */
            tailFrames: number;
            /** @description Frames at the head that repeat the clip before it. */
            overlapFrames: number;
            /** @description Its source now; null while its take is to be made. */
            clip: string | null;
            /**
             * Format: uri
             * @description Address of its bytes; null if it is no kept asset.
             */
            url: string | null;
            /** @description Frames before the cut; null if not known yet. */
            frames: number | null;
            /** @description Frames a second. */
            fps: number | null;
            /** @description What the cut leaves of it; of a take to be made, what the storyboard plans. */
            seconds: number | null;
        };
        /**
         * FilmHead
         * @description A film without its cut.
         */
        FilmHead: {
            /**
             * @description The film.
             * @example flm_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            filmId: string;
            /** @description The name of the film. */
            title: string;
            /**
             * @description The project.
             * @example proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            projectId: string;
            /**
             * @description The storyboard it is made of.
             * @example ast_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            storyboardAssetId: string;
            /** @description Shots of the storyboard. */
            shotCount: number;
            /** @description Shots in the cut whose takes are to be made. */
            missingShots: string[];
            /**
             * @description The newest plan that is rendering it now; null if none is.
             * @example plan_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            renderingPlanId: string | null;
            /** @description The finished film; null before. */
            finalOutput: components["schemas"]["FilmOutput"];
            /** @description A clip or picture to show for it: the `ref` of getPreview. */
            poster: string | null;
            /**
             * @description The thread of its talk; null before createFilmThread.
             * @example thr_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            threadId: string | null;
            /** @description Of the finished film; null before. */
            seconds: number | null;
            /**
             * @description The cost of its takes and renders.
             * @example 0.30
             */
            costUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            costMicrousd: number;
            /** @description Rises with every change of it. */
            version: number;
            /** @description Changes with board, cut and render; send it as `If-Match`. */
            etag: string;
            /**
             * Format: date-time
             * @description When it was created, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it last changed, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            updatedAt: string;
        };
        /**
         * FilmOutput
         * @description The newest render of a film.
         */
        FilmOutput: {
            /** @description How many times the film was rendered, this time included. */
            number: number;
            /**
             * @description The job that made it; null if it was uploaded.
             * @example job_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            jobId: string | null;
            /** @description Which output of the job. */
            outputIndex: number;
            /**
             * @description The asset that keeps it; null if there was no room: then read the job.
             * @example ast_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            assetId: string | null;
            /**
             * Format: uri
             * @description Address of the bytes; no key needed, works for a day.
             */
            url: string | null;
            /** @description Its size in bytes. */
            bytes: number | null;
            /** @description Width in pixels. */
            width: number | null;
            /** @description Height in pixels. */
            height: number | null;
            /**
             * Format: date-time
             * @description When it was created, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            createdAt: string;
        } | null;
        /**
         * FilmPage
         * @description A page of films, newest first.
         */
        FilmPage: {
            /** @description The films, newest first. */
            data: components["schemas"]["FilmHead"][];
            /** @description Send it as `cursor` for the next page; null on the last page. */
            nextCursor: string | null;
        };
        /**
         * Health
         * @description The gateway's health, without names of its parts.
         */
        Health: {
            /**
             * @description `degraded`: a part is down, and the rest works.
             * @enum {string}
             */
            status: "ok" | "degraded";
            /** @description The version of the gateway. */
            version: string;
            skill: components["schemas"]["HealthSkillVersion"];
        };
        /**
         * HealthSkillVersion
         * @description The Agent Skill of this gateway; a skill of another version is stale.
         */
        HealthSkillVersion: {
            /** @description The name of the skill. */
            name: string;
            /** @description The version of the skill. */
            version: string;
            /** @description The version of the API that the skill is for. */
            compatibleApiVersion: string;
            /**
             * @description `exact`: a skill of another version is stale.
             * @constant
             */
            compatibilityPolicy: "exact";
            /**
             * @description False: an agent tells its user, and does not replace its own instructions.
             * @constant
             */
            autoUpdate: false;
            /**
             * Format: uri
             * @description Address of the manifest: each file with its SHA-256.
             */
            manifestUrl: string;
            /**
             * Format: uri
             * @description Address of the version and the compatibility.
             */
            metadataUrl: string;
            /**
             * Format: uri
             * @description Address of the folder of the skill.
             */
            rootUrl: string;
            /**
             * Format: uri
             * @description Address of `SKILL.md`.
             */
            entrypointUrl: string;
        };
        /**
         * Identities
         * @description The ways to sign in to this account, the oldest first.
         */
        Identities: {
            /** @description The identities, oldest first. */
            data: components["schemas"]["IdentityShown"][];
        };
        /**
         * IdentityShown
         * @description One way to sign in to this account.
         */
        IdentityShown: {
            /** @description The id of the identity. */
            id: string;
            /**
             * @description How it signs in.
             * @enum {string}
             */
            kind: "google" | "email";
            /** @description The e-mail address. */
            email: string;
            /**
             * Format: date-time
             * @description When it was created, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            createdAt: string;
        };
        /**
         * ImageDefaults
         * @description The usual size of images.
         */
        ImageDefaults: {
            /** @description Width in pixels. */
            width: number;
            /** @description Height in pixels. */
            height: number;
        };
        /**
         * ImageEditInput
         * @description Change a picture as the prompt says.
         * @example {
         *       "imageUrl": "asset://ast_01J8ZQ4V8Y6T3N5R7W9XABCDEF",
         *       "prompt": "make it night",
         *       "strength": 0.6
         *     }
         */
        ImageEditInput: {
            /** @description What the picture shows, as one coherent paragraph. */
            prompt: string;
            /** @description What to keep out. Some model families ignore it; a warning says so. */
            negativePrompt?: string;
            /** @description The picture to change (job://job_…/0/frames/-1: the last frame of a clip): https://…, asset://ast_… or job://job_…/0. Excludes its inline twin. */
            imageUrl?: string | null;
            /** @description The picture to change, inline: a data URI or {mimeType, data}, at most 10 MiB. Excludes its …Url twin. */
            image?: (string | components["schemas"]["InlineMedia"]) | null;
            /** @description Base picture first, then references, as references to media. Excludes the other image fields. */
            imageUrls?: string[] | null;
            /** @description Base picture first, then references, inline. Excludes the other image fields. */
            images?: (string | components["schemas"]["InlineMedia"])[] | null;
            /** @description Mask: white is edited; resized to the base picture: https://…, asset://ast_… or job://job_…/0. Excludes its inline twin. */
            maskUrl?: string | null;
            /** @description Mask: white is edited; resized to the base picture, inline: a data URI or {mimeType, data}, at most 10 MiB. Excludes its …Url twin. */
            mask?: (string | components["schemas"]["InlineMedia"]) | null;
            /** @description How far the result may depart from the base picture. */
            strength?: number;
            /** @description Pixels; moved to the nearest multiple of 16. Default: the base's. */
            width?: number | null;
            /** @description Pixels; moved to the nearest multiple of 16. Requires `width`. */
            height?: number | null;
            /** @description How many pictures; picture k uses seed + k. All of them or none. */
            count?: number;
            /** @description 1.5 times the inference steps and 1.5 times the price. Leave it out unless higher detail was explicitly asked for. */
            highDetail?: boolean;
            /**
             * @description File format of the pictures.
             * @enum {string}
             */
            outputFormat?: "png" | "jpeg" | "webp";
            /** @description Seed of the randomness; chosen and returned if omitted. */
            seed?: number | null;
        };
        /**
         * ImageGenerateInput
         * @description Make pictures from a prompt.
         * @example {
         *       "count": 2,
         *       "prompt": "cinematic fox astronaut, mid-leap between two asteroids"
         *     }
         */
        ImageGenerateInput: {
            /** @description What the picture shows, as one coherent paragraph. */
            prompt: string;
            /** @description What to keep out. Some model families ignore it; a warning says so. */
            negativePrompt?: string;
            /** @description Pixels; moved to the nearest multiple of 16. Default 1024. */
            width?: number | null;
            /** @description Pixels; moved to the nearest multiple of 16. Requires `width`. */
            height?: number | null;
            /**
             * @description A size of about one megapixel in this shape. Excludes width, height.
             * @enum {string|null}
             */
            aspectRatio?: "1:1" | "16:9" | "9:16" | "4:3" | "3:4" | "3:2" | "2:3" | "21:9" | null;
            /** @description How many pictures; picture k uses seed + k. All of them or none. */
            count?: number;
            /** @description 1.5 times the inference steps and 1.5 times the price. Leave it out unless higher detail was explicitly asked for. */
            highDetail?: boolean;
            /**
             * @description File format of the pictures.
             * @enum {string}
             */
            outputFormat?: "png" | "jpeg" | "webp";
            /** @description Seed of the randomness; chosen and returned if omitted. */
            seed?: number | null;
        };
        /**
         * ImageUpscaleInput
         * @description Make a picture larger.
         * @example {
         *       "imageUrl": "job://job_01J8ZQ4V8Y6T3N5R7W9XABCDEF/0",
         *       "scale": 4
         *     }
         */
        ImageUpscaleInput: {
            /** @description The picture (job://job_…/0/frames/-1: the last frame of a clip): https://…, asset://ast_… or job://job_…/0. Excludes its inline twin. */
            imageUrl?: string | null;
            /** @description The picture, inline: a data URI or {mimeType, data}, at most 10 MiB. Excludes its …Url twin. */
            image?: (string | components["schemas"]["InlineMedia"]) | null;
            /**
             * @description How many times as wide and as high; default 2.
             * @enum {integer|null}
             */
            scale?: 2 | 4 | null;
            /** @description Pixels, above the source; the shape is kept. Excludes `scale`. */
            targetWidth?: number | null;
            /** @description Pixels, above the source; with `targetWidth` it must keep the shape within 1 %. Excludes `scale`. */
            targetHeight?: number | null;
            /**
             * @description File format of the pictures.
             * @enum {string}
             */
            outputFormat?: "png" | "jpeg" | "webp";
        };
        /**
         * ImportStoryboard
         * @description A text to make a storyboard of: a new one in `projectId`, or a version of `assetId`.
         */
        ImportStoryboard: {
            /**
             * @description Markdown as exported, or a Fountain screenplay.
             * @example ---
             *     killatamata: storyboard/1
             *     title: "The hatch"
             *     defaults: {"width": 1280, "height": 704}
             *     ---
             *
             *     ## Scene scene_1: INT. AIRLOCK - NIGHT
             *
             *     ### Shot shot_1
             *
             *     - camera: "Slow push in from a low angle."
             *     - durationSeconds: 5.0
             *
             *     #### Prompt
             *
             *     A grey fox in a worn suit leans on a wheel hatch, red light on it.
             *
             *     ### Shot shot_2
             *
             *     #### Action
             *
             *     The hatch swings open.
             *
             *     #### Dialogue
             *
             *     - FOX: Now.
             */
            text: string;
            /**
             * @description The format of the text. Default: auto.
             * @enum {string}
             */
            format?: "markdown" | "fountain" | "auto";
            /**
             * @description Where to create a new one.
             * @example proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            projectId?: string | null;
            /**
             * @description To replace; with If-Match.
             * @example ast_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            assetId?: string | null;
        } & ({
            projectId: string;
            assetId?: null;
        } | {
            projectId?: null;
            assetId: string;
        });
        /**
         * InlineMedia
         * @description Bytes of a media file inside the request.
         */
        InlineMedia: {
            /** @description Media type of the bytes, as image/png. */
            mimeType: string;
            /** @description The bytes in standard base64, at most 10 MiB decoded. */
            data: string;
        };
        /**
         * InputWarning
         * @description Advice on an input that is taken as it is.
         */
        InputWarning: {
            /** @description The kind of advice, for programs to branch on. */
            code: string;
            /** @description The advice. */
            message: string;
        };
        /**
         * InvitationId
         * @description An open invitation of the team.
         */
        InvitationId: {
            /**
             * @description The invitation, by id.
             * @example ivt_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            invitationId: string;
        };
        /**
         * InvitationShown
         * @description An open invitation; its link is in the mail only.
         */
        InvitationShown: {
            /** @description The id of the invitation. */
            id: string;
            /** @description The invited address. */
            email: string;
            /**
             * @description `admin`: everything but closing the account and payouts; `developer`: media and studio, own keys; `viewer`: reads only.
             * @enum {string}
             */
            role: "admin" | "developer" | "viewer";
            limits: components["schemas"]["MemberLimitsShown"];
            /** @description The address of who invited. */
            invitedBy: string | null;
            /**
             * Format: date-time
             * @description When it was created, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it was mailed last, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            sentAt: string;
            /**
             * Format: date-time
             * @description When it expires, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            expiresAt: string;
        };
        /**
         * InvitationToken
         * @description The token from the link of an invitation.
         */
        InvitationToken: {
            /** @description The token of the link. */
            token: string;
        };
        /**
         * Invitations
         * @description The open invitations of the team, newest first; expired ones can be sent again.
         */
        Invitations: {
            /** @description The open invitations, newest first. */
            data: components["schemas"]["InvitationShown"][];
        };
        /**
         * InviteMember
         * @description An invitation by mail: the address, the role and the caps.
         */
        InviteMember: {
            /**
             * @description An e-mail address.
             * @example ana@example.com
             */
            email: string;
            /**
             * @description `admin`: everything but closing the account and payouts; `developer`: media and studio, own keys; `viewer`: reads only.
             * @enum {string}
             */
            role: "admin" | "developer" | "viewer";
            /** @description Caps of live money; default: none. */
            limits?: components["schemas"]["MemberLimits-Input"];
        };
        /**
         * InvitedTo
         * @description The invitation of a link, as the invited person sees it.
         */
        InvitedTo: {
            /** @description The address of the team's owner, or its label. */
            name: string;
            /**
             * @description `admin`: everything but closing the account and payouts; `developer`: media and studio, own keys; `viewer`: reads only.
             * @enum {string}
             */
            role: "admin" | "developer" | "viewer";
            /** @description The invited address. */
            email: string;
            /** @description Whether you have accepted it. */
            accepted: boolean;
            /**
             * Format: date-time
             * @description When it expires, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            expiresAt: string;
        };
        /**
         * InvoiceBuyer
         * @description The buyer, as the document names them.
         */
        InvoiceBuyer: {
            /** @description The company or the person. */
            name: string | null;
            /** @description Street and number. */
            line1: string | null;
            /** @description A second line of the address. */
            line2: string | null;
            /** @description The postal code. */
            postalCode: string | null;
            /** @description The city. */
            city: string | null;
            /** @description The state or province. */
            region: string | null;
            /** @description The country, as in ISO 3166. */
            country: string | null;
            /** @description The tax id, as given. */
            taxId: string | null;
            /** @description Where it was sent. */
            email: string | null;
        };
        /**
         * InvoiceDocument
         * @description An invoice or a credit note with all that it says, as it was when it was issued.
         */
        InvoiceDocument: {
            /** @description The document. */
            id: string;
            /**
             * @description A credit note returns a part of an invoice.
             * @enum {string}
             */
            kind: "invoice" | "credit_note";
            /** @description Its number; each kind counts without gaps. */
            number: string;
            /** @description The invoice it belongs to, if it is a credit note or charges one again. */
            invoiceNumber: string | null;
            /** @description The purchase. */
            purchaseId: string;
            /** @description The currency, as in ISO 4217. */
            currency: string;
            /**
             * @description The amount without tax.
             * @example 25.00
             */
            net: string;
            /** @description The same amount in millionths of the currency. */
            netMicros: number;
            /**
             * @description The tax.
             * @example 25.00
             */
            tax: string;
            /** @description The same amount in millionths of the currency. */
            taxMicros: number;
            /**
             * @description The amount with tax.
             * @example 25.00
             */
            total: string;
            /** @description The same amount in millionths of the currency. */
            totalMicros: number;
            /** @description The name of the tax; null: there is none. */
            taxName: string | null;
            /** @description Its rate; null: none, or no single one. */
            taxPercent: string | null;
            /**
             * Format: date-time
             * @description When it was issued, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            issuedAt: string;
            /** @description True for real money, false for play money. */
            livemode: boolean;
            seller: components["schemas"]["InvoiceSeller"];
            buyer: components["schemas"]["InvoiceBuyer"];
            /** @description Its lines. */
            lines: components["schemas"]["InvoiceLine"][];
            /** @description Whether the lines contain the tax. */
            taxIncluded: boolean;
            /** @description Whether the buyer owes the tax. */
            reverseCharge: boolean;
            /** @description What it corrects the invoice for. */
            reason: string | null;
            /** @description A note of the seller, such as why no tax is due. */
            note: string | null;
            /** @description Who took the payment. */
            provider: string;
            /** @description The provider's reference for the payment. */
            reference: string;
            /**
             * Format: date-time
             * @description When the payment was credited, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            paidAt: string;
        };
        /**
         * InvoiceLine
         * @description A line of a document; a discount is negative.
         */
        InvoiceLine: {
            /** @description What was bought or returned. */
            description: string;
            /** @description How many. */
            quantity: number;
            /**
             * @description The amount; with tax if `taxIncluded`.
             * @example 25.00
             */
            amount: string;
            /** @description The same amount in millionths of the currency. */
            amountMicros: number;
        };
        /**
         * InvoiceSeller
         * @description The seller, as the document names them.
         */
        InvoiceSeller: {
            /** @description The name. */
            name: string;
            /** @description The lines of the address. */
            address: string[];
            /** @description The tax id. */
            taxId: string | null;
        };
        /**
         * InvoiceShown
         * @description An invoice or a credit note; a credit note's amounts are those that it returns.
         */
        InvoiceShown: {
            /** @description The document. */
            id: string;
            /**
             * @description A credit note returns a part of an invoice.
             * @enum {string}
             */
            kind: "invoice" | "credit_note";
            /** @description Its number; each kind counts without gaps. */
            number: string;
            /** @description The invoice it belongs to, if it is a credit note or charges one again. */
            invoiceNumber: string | null;
            /** @description The purchase. */
            purchaseId: string;
            /** @description The currency, as in ISO 4217. */
            currency: string;
            /**
             * @description The amount without tax.
             * @example 25.00
             */
            net: string;
            /** @description The same amount in millionths of the currency. */
            netMicros: number;
            /**
             * @description The tax.
             * @example 25.00
             */
            tax: string;
            /** @description The same amount in millionths of the currency. */
            taxMicros: number;
            /**
             * @description The amount with tax.
             * @example 25.00
             */
            total: string;
            /** @description The same amount in millionths of the currency. */
            totalMicros: number;
            /** @description The name of the tax; null: there is none. */
            taxName: string | null;
            /** @description Its rate; null: none, or no single one. */
            taxPercent: string | null;
            /**
             * Format: date-time
             * @description When it was issued, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            issuedAt: string;
            /** @description True for real money, false for play money. */
            livemode: boolean;
        };
        /**
         * Invoices
         * @description A page of invoices and credit notes.
         */
        Invoices: {
            /** @description The documents. */
            data: components["schemas"]["InvoiceShown"][];
            /** @description Send it as `cursor` for the next page; null on the last page. */
            nextCursor: string | null;
        };
        /**
         * Job
         * @description A media job. A submit shows its input too, `includeDetails=1` also attempts and engine.
         */
        Job: {
            /**
             * @description The job, again.
             * @example job_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            id: string;
            /**
             * @description The job.
             * @example job_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            jobId: string;
            /**
             * @description The job, under the name older clients use.
             * @example job_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            externalJobId: string;
            /** @description The media task. */
            task: string;
            /** @description Its progress. */
            status: components["schemas"]["JobState"];
            /** @description True for real money, false for play money. */
            livemode: boolean;
            /** @description Rises with every change of it. */
            version: number;
            /**
             * Format: date-time
             * @description When it was created, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it first started, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            startedAt: string | null;
            /**
             * Format: date-time
             * @description When it ended, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            finishedAt: string | null;
            /** @description Its place in the queue, from 1. */
            queuePosition: number | null;
            /** @description Wait this many seconds before the next read; null: do not poll. */
            pollAfterSeconds: number | null;
            /** @description The number of the current attempt. */
            attempt: number;
            /** @description How far it is, while it runs. */
            progress: components["schemas"]["Progress"];
            /** @description The input as it is executed. */
            effectiveInput?: {
                [key: string]: unknown;
            };
            /** @description Each value that was moved to its grid, and the rule. */
            inputAdjustments?: components["schemas"]["Adjustment"][];
            /** @description Advice that changes nothing. */
            warnings?: components["schemas"]["InputWarning"][];
            /**
             * @description Each try; only with `includeDetails=1`.
             * @example [
             *       {
             *         "attempt": 1,
             *         "charged": true,
             *         "endedAt": "2026-11-25T14:00:09Z",
             *         "engine": "comfyui",
             *         "errorCode": null,
             *         "node": "gpu-1",
             *         "outcome": "succeeded",
             *         "startedAt": "2026-11-25T14:00:00Z",
             *         "upstream": {
             *           "engine": "comfyui",
             *           "engineVersion": "0.27.0",
             *           "models": [
             *             {
             *               "folder": "checkpoints",
             *               "name": "sd_xl_base_1.0.safetensors"
             *             }
             *           ],
             *           "node": "gpu-1",
             *           "result": {
             *             "height": 1024,
             *             "seed": 7,
             *             "width": 1024
             *           },
             *           "timings": {
             *             "queueMs": 2,
             *             "runMs": 8300
             *           },
             *           "workflow": {
             *             "name": "sdxl",
             *             "sha256": "9f86d081884c7d659f86d081884c7d659f86d081884c7d659f86d081884c7d65"
             *           }
             *         }
             *       }
             *     ]
             */
            attempts?: components["schemas"]["JobAttempt"][];
            /**
             * @description What the engine reported of the last try; only with `includeDetails=1`.
             * @example {
             *       "engine": "comfyui",
             *       "engineVersion": "0.27.0",
             *       "models": [
             *         {
             *           "folder": "checkpoints",
             *           "name": "sd_xl_base_1.0.safetensors"
             *         }
             *       ],
             *       "node": "gpu-1",
             *       "result": {
             *         "height": 1024,
             *         "seed": 7,
             *         "width": 1024
             *       },
             *       "timings": {
             *         "queueMs": 2,
             *         "runMs": 8300
             *       },
             *       "workflow": {
             *         "name": "sdxl",
             *         "sha256": "9f86d081884c7d659f86d081884c7d659f86d081884c7d659f86d081884c7d65"
             *       }
             *     }
             */
            upstream?: components["schemas"]["Upstream"];
            /** @description The files it made. */
            outputs: components["schemas"]["JobOutput"][];
            /** @description Addresses of the files, for 48 hours after the end; no key needed. */
            downloadableOutputUrls: string[];
            /**
             * Format: date-time
             * @description When the output URLs stop working, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            outputsExpireAt: string | null;
            /** @description Why it ended as it did. */
            endReason: string | null;
            /** @description Why it failed: code, message, hint; null if it did not. */
            error: components["schemas"]["JobError"];
            /** @description Returned as it was sent. */
            metadata: {
                [key: string]: string;
            } | null;
            /**
             * @description The project.
             * @example proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            projectId: string | null;
            /** @description The result that it was made from. */
            parent: components["schemas"]["JobParent"];
            /** @description Presets whose words its prompt was said to hold. */
            presetIds: string[];
            billing: components["schemas"]["Billing"];
            urls: components["schemas"]["JobUrls"];
        };
        /**
         * JobAttempt
         * @description One try of a job on one engine.
         */
        JobAttempt: {
            /** @description Its number, from 1. */
            attempt: number;
            /** @description The alias of the node, `sandbox` or `worker`. */
            node: string | null;
            /** @description `comfyui`, `openai`, `sandbox`, or `worker` for the CPU. */
            engine: string;
            /**
             * Format: date-time
             * @description When the engine began with it, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            startedAt: string | null;
            /**
             * Format: date-time
             * @description When it ended, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            endedAt: string | null;
            /** @description Its state; the last five are final. */
            outcome: components["schemas"]["AttemptState"];
            /** @description Why it failed. */
            errorCode: string | null;
            /** @description Whether the job's price was captured for it: at most one. */
            charged: boolean;
            /**
             * @description What the engine reported of it; no graph.
             * @example {
             *       "engine": "comfyui",
             *       "engineVersion": "0.27.0",
             *       "models": [
             *         {
             *           "folder": "checkpoints",
             *           "name": "sd_xl_base_1.0.safetensors"
             *         }
             *       ],
             *       "node": "gpu-1",
             *       "result": {
             *         "height": 1024,
             *         "seed": 7,
             *         "width": 1024
             *       },
             *       "timings": {
             *         "queueMs": 2,
             *         "runMs": 8300
             *       },
             *       "workflow": {
             *         "name": "sdxl",
             *         "sha256": "9f86d081884c7d659f86d081884c7d659f86d081884c7d659f86d081884c7d65"
             *       }
             *     }
             */
            upstream: components["schemas"]["Upstream"];
        };
        /**
         * JobCompleted
         * @description A job ended, with or without success.
         */
        JobCompleted: {
            /**
             * @description Which event it is.
             * @constant
             */
            type: "job.completed";
            /**
             * Format: date-time
             * @description When it happened, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            timestamp: string;
            data: components["schemas"]["Job"];
        };
        /**
         * JobError
         * @description The error that ended a job, and what to do.
         */
        JobError: {
            /** @description The kind of failure, for programs to branch on. */
            code: string;
            /** @description The reason, in words. */
            message: string;
            /** @description The next step. */
            hint: string;
            /** @description Whether the same may succeed when tried again. */
            retryable: boolean;
        } | null;
        /**
         * JobOutput
         * @description One file; `url` works for 48 hours after the job finished. Sound has no size in pixels.
         */
        JobOutput: {
            /** @description Its place, from 0. */
            index: number;
            /**
             * @description Its kind.
             * @enum {string}
             */
            kind: "image" | "audio" | "video";
            /** @description Its state. */
            state: components["schemas"]["OutputState"];
            /**
             * Format: uri
             * @description Its address; null when it can no longer be fetched.
             */
            url: string | null;
            /**
             * Format: uri
             * @description Address of a picture of it.
             */
            posterUrl: string | null;
            /**
             * @description Small WebP pictures of it by longest side: 256, 512, 1024; {} without.
             * @example {
             *       "512": "https://example.com/files/previews/fox-512.webp"
             *     }
             */
            previewUrls: {
                [key: string]: string;
            };
            /**
             * Format: uri
             * @description Address of the first 3 seconds as a silent MP4, 320 pixels wide.
             */
            previewClipUrl: string | null;
            /**
             * @description A WebP of at most 24 pixels as a data URI, to show while the picture loads.
             * @example data:image/webp;base64,UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAgA0JaQAA3AA
             */
            placeholder: string | null;
            /** @description The media type of the bytes. */
            mimeType: string;
            /** @description Width in pixels. */
            width: number | null;
            /** @description Height in pixels. */
            height: number | null;
            /** @description Number of frames. */
            frames: number | null;
            /** @description Frames a second. */
            fps: number | null;
            /** @description Duration, in seconds. */
            durationSeconds: number | null;
            /** @description Whether it has sound. */
            hasAudio: boolean | null;
            /** @description Its size in bytes. */
            bytes: number;
            /**
             * @description SHA-256 of the bytes, in hexadecimal.
             * @example 9f86d081884c7d659f86d081884c7d659f86d081884c7d659f86d081884c7d65
             */
            sha256: string;
            /**
             * @description The asset that keeps it, if any.
             * @example ast_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            assetId: string | null;
            /**
             * Format: date-time
             * @description When its URL stops working, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            expiresAt: string;
        };
        /**
         * JobPage
         * @description A page of jobs, newest first.
         */
        JobPage: {
            /** @description The jobs, newest first. */
            data: components["schemas"]["Job"][];
            /** @description Send it as `cursor` for the next page; null on the last page. */
            nextCursor: string | null;
        };
        /**
         * JobParent
         * @description The result that a job was made from.
         */
        JobParent: {
            /**
             * @description The job.
             * @example job_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            jobId: string;
            /** @description Which output of that job, from 0. */
            outputIndex: number;
            /** @description What was done with it. */
            relation: components["schemas"]["Relation"];
        } | null;
        /**
         * JobStarted
         * @description A job began to run for the first time.
         */
        JobStarted: {
            /**
             * @description Which event it is.
             * @constant
             */
            type: "job.started";
            /**
             * Format: date-time
             * @description When it happened, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            timestamp: string;
            data: components["schemas"]["Job"];
        };
        /**
         * JobState
         * @description The state of a job; the last four are final.
         * @enum {string}
         */
        JobState: "queued" | "running" | "succeeded" | "failed" | "canceled" | "expired";
        /**
         * JobUrls
         * @description Paths to read, follow and cancel a job.
         */
        JobUrls: {
            /** @description The path to read it. */
            get: string;
            /** @description The path to follow it as server-sent events. */
            events: string;
            /** @description The path to cancel it, by POST. */
            cancel: string;
        };
        /**
         * KeepAsset
         * @description An output of a job, up to 100 outputs, or a file at a public URL, to keep as assets.
         */
        KeepAsset: {
            /**
             * @description A project of this account; default: the one called Inbox.
             * @example proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            projectId?: string | null;
            /**
             * @description A job that has succeeded.
             * @example job_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            jobId?: string | null;
            /** @description Which of its outputs. */
            outputIndex?: number;
            /** @description Results of this account. */
            outputs?: components["schemas"]["OutputRef"][] | null;
            /** @description A public https URL. */
            url?: string | null;
            /**
             * @description Its new name; not with `outputs`.
             * @example Fox
             */
            name?: string | null;
            /** @description Words to find it by. */
            tags?: string[];
        } | {
            jobId: string;
            outputs?: null;
            url?: null;
        } | {
            jobId?: null;
            outputs: unknown[];
            url?: null;
        } | {
            jobId?: null;
            outputs?: null;
            url: string;
        };
        /**
         * KeptOutputs
         * @description The assets that keep results, and those results that could not be kept.
         *
         *     Both are in the order in which the results were sent; `source` of an asset names its result.
         */
        KeptOutputs: {
            /** @description The assets, of results that are kept now. */
            data: components["schemas"]["AssetMade"][];
            /** @description Results that are not kept. */
            notKept: components["schemas"]["NotKept"][];
        };
        /**
         * Key
         * @description An API key without its secret; or a connected app, which has tokens in place of a key.
         */
        Key: {
            /** @description The id of the key, or of the connection of an app. */
            id: string;
            /** @description Its purpose. */
            label: string;
            /** @description The visible start of the key. */
            keyPrefix: string;
            /** @description The last four characters of the key. */
            last4: string;
            /**
             * @description `live` is real money, `test` is play money.
             * @enum {string}
             */
            mode: "live" | "test";
            /** @description The scopes of the key. */
            scopes: string[];
            spendPolicy: components["schemas"]["SpendPolicyShown"];
            /** @description Null for a key that never had a cap. */
            spent: components["schemas"]["Spent"];
            /**
             * Format: date-time
             * @description When it expires, in UTC; null: never.
             * @example 2026-11-25T14:00:00Z
             */
            expiresAt: string | null;
            /**
             * Format: date-time
             * @description When it was created, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it was last used, in UTC; null: never.
             * @example 2026-11-25T14:00:00Z
             */
            lastUsedAt: string | null;
            /**
             * Format: date-time
             * @description When it was revoked, in UTC; null: it works.
             * @example 2026-11-25T14:00:00Z
             */
            revokedAt: string | null;
            /** @description Who made the key. */
            mintedBy: string;
            /** @description Null for an API key. */
            app: components["schemas"]["ConnectedApp"];
        };
        /**
         * KeyShown
         * @description The calling key's scopes and limits; `spent` is null for a key that never had a cap.
         */
        KeyShown: {
            /** @description The API key, by id. */
            keyId: string;
            /** @description The scopes of the key. */
            scopes: string[];
            spendPolicy: components["schemas"]["SpendPolicyShown"];
            /** @description What counts against the caps of the key. */
            spent: components["schemas"]["Spent"];
        } | null;
        /**
         * Keys
         * @description A page of keys, newest first; connected apps come after all keys.
         */
        Keys: {
            /** @description The keys, newest first; connected apps come last. */
            data: components["schemas"]["Key"][];
            /** @description Send it as `cursor` for the next page; null on the last page. */
            nextCursor: string | null;
        };
        /**
         * LineKind
         * @description A line of a statement, in its order.
         * @enum {string}
         */
        LineKind: "purchases" | "bonuses" | "promotions" | "earned" | "spending" | "refunds" | "disputes" | "chain_reversals" | "expiries" | "adjustments";
        /**
         * LinkDecided
         * @description The state of a device link.
         */
        LinkDecided: {
            /** @description Its state. */
            state: components["schemas"]["LinkState"];
        };
        /**
         * LinkIdentity
         * @description A Google token, or a code sent with purpose `link`.
         */
        LinkIdentity: {
            /**
             * @description An ID token that Google signed.
             * @example eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.e30.c2ln
             */
            idToken?: string | null;
            /**
             * @description `challengeId` from the start.
             * @example chl_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            challengeId?: string | null;
            /**
             * @description The six digits from the mail.
             * @example 042917
             */
            code?: string | null;
        } & ({
            idToken: string;
            challengeId?: null;
            code?: null;
        } | {
            idToken?: null;
            challengeId: string;
            code: string;
        });
        /**
         * LinkShown
         * @description A device's request for a key; check it before you approve.
         */
        LinkShown: {
            /** @description The code shown on the device. */
            userCode: string;
            /** @description The name the person knows the device by. */
            clientName: string;
            /** @description The scopes of the key. */
            scopes: string[];
            spendPolicy: components["schemas"]["SpendPolicyShown"];
            /**
             * @description `live` is real money, `test` is play money.
             * @enum {string}
             */
            mode: "live" | "test";
            /** @description The IP address the device requested it from. */
            ip: string;
            /**
             * Format: date-time
             * @description When it was created, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it expires, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            expiresAt: string;
            /** @description Its state. */
            state: components["schemas"]["LinkState"];
        };
        /**
         * LinkState
         * @description The state of a device link; `expired` if no one decided it in time.
         * @enum {string}
         */
        LinkState: "pending" | "approved" | "denied" | "redeemed" | "expired";
        /**
         * LinkedKey
         * @description The key of a device, shown this one time.
         */
        LinkedKey: {
            /** @description The API key. It is shown only once. */
            apiKey: string;
            /** @description The API key, by id. */
            keyId: string;
            /** @description The account. */
            accountId: string;
            /** @description The scopes of the key. */
            scopes: string[];
            /**
             * @description `live` is real money, `test` is play money.
             * @enum {string}
             */
            mode: "live" | "test";
        };
        /**
         * MarkdownShown
         * @description A storyboard as Markdown.
         */
        MarkdownShown: {
            /** @description The storyboard as Markdown. */
            markdown: string;
            /** @description Changes with each version; send it as `If-Match`. */
            etag: string;
        };
        /**
         * Measures
         * @description Defaults for every shot.
         */
        Measures: {
            /** @description Pixels, as of video.generate. */
            width?: number | null;
            /** @description Pixels, as of video.generate. */
            height?: number | null;
            /**
             * @description Frames a second.
             * @enum {integer|null}
             */
            fps?: 24 | 25 | 30 | 48 | 50 | null;
            /** @description Frames, 8n + 1; instead of `durationSeconds`. */
            durationFrames?: number | null;
            /** @description Instead of `durationFrames`; `inputAdjustments` of the plan says how it was rounded. */
            durationSeconds?: number | null;
            /** @description Seed of the randomness. */
            seed?: number | null;
            /** @description Sound for the clip. */
            generateAudio?: boolean | null;
        } | null;
        /**
         * MediaOutput
         * @description One result: a file that a job made, with what it was made from.
         *
         *     A result whose 48 hours are over and that is not kept is `expired`: no address is left, but
         *     prompt and seed are, to make it again.
         */
        MediaOutput: {
            /**
             * @description The job.
             * @example job_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            jobId: string;
            /** @description Which output of the job, from 0. */
            outputIndex: number;
            /** @description The media task. */
            task: string;
            /**
             * @description Its kind.
             * @enum {string}
             */
            kind: "image" | "audio" | "video";
            /** @description Whether its bytes can be fetched. */
            state: components["schemas"]["OutputState"];
            /** @description The name that its owner gave it. */
            name: string | null;
            /** @description Its prompt; null if it had none or was erased. */
            prompt: string | null;
            /** @description Whether it has a star. */
            starred: boolean;
            /** @description The seed that makes exactly this one again. */
            seed: number | null;
            /** @description Width in pixels. */
            width: number | null;
            /** @description Height in pixels. */
            height: number | null;
            /** @description Number of frames. */
            frames: number | null;
            /** @description Frames a second. */
            fps: number | null;
            /** @description Duration, in seconds. */
            durationSeconds: number | null;
            /** @description Whether it has sound. */
            hasAudio: boolean | null;
            /** @description The media type of the bytes. */
            mimeType: string;
            /** @description Its size in bytes. */
            bytes: number;
            /**
             * Format: uri
             * @description Its address; null when it can no longer be fetched.
             */
            url: string | null;
            /**
             * Format: uri
             * @description Address of a picture of it.
             */
            posterUrl: string | null;
            /**
             * @description Small WebP pictures of it by longest side: 256, 512, 1024; {} without.
             * @example {
             *       "512": "https://example.com/files/previews/fox-512.webp"
             *     }
             */
            previewUrls: {
                [key: string]: string;
            };
            /**
             * Format: uri
             * @description Address of the first 3 seconds as a silent MP4, 320 pixels wide.
             */
            previewClipUrl: string | null;
            /**
             * @description A WebP of at most 24 pixels as a data URI, to show while the picture loads.
             * @example data:image/webp;base64,UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAgA0JaQAA3AA
             */
            placeholder: string | null;
            /**
             * @description The asset that keeps it, if any.
             * @example ast_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            assetId: string | null;
            /**
             * @description The project of that asset, or of the job.
             * @example proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            projectId: string | null;
            /** @description The result that it was made from. */
            parent: components["schemas"]["JobParent"];
            /**
             * @description Its share of what the job cost, in dollars.
             * @example 0.30
             */
            costUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            costMicrousd: number;
            /** @description True for real money, false for play money. */
            livemode: boolean;
            /**
             * Format: date-time
             * @description When it was created, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it ends, in UTC; null if it is kept.
             * @example 2026-11-25T14:00:00Z
             */
            expiresAt: string | null;
            /** @description The name under which a browser saves it. */
            filename: string;
        };
        /**
         * MemberLimits
         * @description The caps of a member in live money, over all their keys and in the browser; null: no limit.
         *
         *     Omitted ones stay.
         */
        "MemberLimits-Input": {
            /**
             * @description Spending cap per UTC day.
             * @example 0.30
             */
            dailyLimitUsd?: string | null;
            /**
             * @description Spending cap per UTC month.
             * @example 0.30
             */
            monthlyLimitUsd?: string | null;
            /**
             * @description Spending cap in total.
             * @example 0.30
             */
            totalLimitUsd?: string | null;
        } | null;
        /**
         * MemberLimits
         * @description The caps of a member of a team in dollars; null: no limit.
         */
        "MemberLimits-Output": {
            /**
             * @description Spending cap per UTC day, in dollars.
             * @example 0.30
             */
            dailyLimitUsd: string | null;
            /**
             * @description Spending cap per UTC month, in dollars.
             * @example 0.30
             */
            monthlyLimitUsd: string | null;
            /**
             * @description Spending cap in total, in dollars.
             * @example 0.30
             */
            totalLimitUsd: string | null;
        };
        /**
         * MemberLimitsShown
         * @description The caps of a member in dollars of live money; null: no limit.
         */
        MemberLimitsShown: {
            /**
             * @description Spending cap per UTC day, in dollars.
             * @example 0.30
             */
            dailyLimitUsd: string | null;
            /**
             * @description Spending cap per UTC month, in dollars.
             * @example 0.30
             */
            monthlyLimitUsd: string | null;
            /**
             * @description Spending cap in total, in dollars.
             * @example 0.30
             */
            totalLimitUsd: string | null;
        };
        /**
         * MemberShown
         * @description A person of the team. Its owner has no id: they are no member, the account is theirs.
         */
        MemberShown: {
            /** @description The id of the membership; null: the owner. */
            id: string | null;
            /** @description Their verified address. */
            email: string | null;
            /**
             * @description `admin`: everything but closing the account and payouts; `developer`: media and studio, own keys; `viewer`: reads only.
             * @enum {string}
             */
            role: "owner" | "admin" | "developer" | "viewer";
            /** @description Whether this is the caller. */
            you: boolean;
            /** @description Their caps; null: the owner, or not for you to see. */
            limits: components["schemas"]["MemberLimitsShown"] | null;
            /** @description What they spent of live money; null: the owner, or not for you to see. */
            spent: components["schemas"]["Spent"];
            /**
             * Format: date-time
             * @description When it was created, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            createdAt: string;
        };
        /**
         * MemberSpending
         * @description The caps of the calling member, which all of their keys and browsers share.
         */
        MemberSpending: {
            /** @description The membership, by id. */
            memberId: string;
            limits: components["schemas"]["MemberLimits-Output"];
            /** @description What counts against the caps of the member. */
            spent: components["schemas"]["MemberSpent"];
        } | null;
        /**
         * MemberSpent
         * @description Amounts reserved and charged by a member, with all of their keys and browsers.
         */
        MemberSpent: {
            /**
             * @description In this UTC day, in dollars.
             * @example 0.30
             */
            dailyUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            dailyMicrousd: number;
            /**
             * @description In this UTC month, in dollars.
             * @example 0.30
             */
            monthlyUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            monthlyMicrousd: number;
            /**
             * @description In all, in dollars.
             * @example 0.30
             */
            totalUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            totalMicrousd: number;
        };
        /**
         * Message
         * @description A message; each block is text, an asset, a plan, a job or a notice.
         */
        Message: {
            /** @description The message. */
            messageId: string;
            /**
             * @description The thread.
             * @example thr_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            threadId: string;
            /**
             * @description Who said it.
             * @enum {string}
             */
            role: "user" | "agent" | "event";
            /** @description The content: text, assets, plans, jobs, notices. */
            blocks: {
                [key: string]: unknown;
            }[];
            /**
             * @description The request it belongs to.
             * @example req_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            requestId: string | null;
            /**
             * Format: date-time
             * @description When it was created, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            createdAt: string;
        };
        /**
         * MessageQuote
         * @description The most that a message can cost: it is held when sent, and only what is used is charged.
         */
        MessageQuote: {
            /** @description The quote; send it with the submit. */
            quoteId: string;
            /**
             * @description The price, in dollars.
             * @example 0.30
             */
            priceUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            priceMicrousd: number;
            /**
             * @description `upper_bound`: it may cost less, never more.
             * @constant
             */
            qualifier: "upper_bound";
            /** @description The language model. */
            model: string;
            /**
             * Format: date-time
             * @description When it expires, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            expiresAt: string;
            /** @description Whether the balance and the key's caps allow it now. */
            affordable: boolean;
            /**
             * @description The available balance, in dollars.
             * @example 0.30
             */
            balanceUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            balanceMicrousd: number;
            /**
             * @description What the caller needs to send it, as for a plan.
             * @enum {string}
             */
            consent: "auto" | "confirm" | "approve";
            /** @description Whether a person must approve it on the page. */
            requiresHumanApproval: boolean;
            /**
             * Format: uri
             * @description The page on which a person can send it instead.
             */
            approvalUrl: string;
        };
        /**
         * MessageSent
         * @description A message that was accepted.
         */
        MessageSent: {
            /**
             * @description The request.
             * @example req_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            requestId: string;
            /** @description The message. */
            messageId: string;
            /** @description Its progress. */
            status: components["schemas"]["RequestState"];
            billing: components["schemas"]["RequestBilling"];
            /** @description Wait this many seconds before the first read. */
            pollAfterSeconds: number;
            urls: components["schemas"]["RequestUrls"];
        };
        /**
         * Method
         * @description A payment method's availability.
         */
        Method: {
            /** @description Whether one can pay this way now. */
            enabled: boolean;
        };
        /**
         * Methods
         * @description The payment methods.
         */
        Methods: {
            stripe: components["schemas"]["Method"];
            crypto: components["schemas"]["CryptoMethod"];
            x402: components["schemas"]["X402Method"];
        };
        /**
         * Modes
         * @description A task's availability in live and in test mode.
         */
        Modes: {
            /** @description For jobs of live mode. */
            live: components["schemas"]["Availability"];
            /** @description For jobs of test mode. */
            test: components["schemas"]["Availability"];
        };
        /**
         * MoveShot
         * @description Move a shot to a scene, to its end or before another shot.
         */
        MoveShot: {
            /**
             * @description The kind of edit. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            op: "moveShot";
            /**
             * @description Short name that never changes: a to z, 0 to 9, underscores and hyphens, 32 at most.
             * @example shot_1
             */
            shotId: string;
            /**
             * @description Short name that never changes: a to z, 0 to 9, underscores and hyphens, 32 at most.
             * @example shot_1
             */
            sceneId: string;
            /**
             * @description The shot to put it before; default: the end.
             * @example shot_1
             */
            beforeShotId?: string | null;
        };
        /**
         * Movement
         * @description One movement; `amount` is signed, `balanceAfter` is what was available after it.
         */
        Movement: {
            /** @description The transfer in the ledger. */
            transferId: string;
            /**
             * Format: date-time
             * @description When it happened, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            at: string;
            /** @description The kind of movement. */
            code: string;
            /** @description Whether the price is held, charged or released. */
            phase: components["schemas"]["Phase"];
            /** @description Its subject: a job, a purchase, a payment. */
            reference: string;
            /**
             * @description The amount, in dollars, with its sign.
             * @example 0.30
             */
            amountUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            amountMicrousd: number;
            /**
             * @description The balance available after it, in dollars.
             * @example 0.30
             */
            balanceAfterUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            balanceAfterMicrousd: number;
            /** @description Its purpose. */
            description: string | null;
        };
        /**
         * Movements
         * @description A page of movements, newest first.
         */
        Movements: {
            /** @description The movements, newest first. */
            data: components["schemas"]["Movement"][];
            /** @description Send it as `cursor` for the next page; null on the last page. */
            nextCursor: string | null;
        };
        /**
         * NewShareShow
         * @description The choices of a new share: its page tells nothing unless it is set.
         */
        NewShareShow: {
            /** @description True shows the prompt. */
            prompt?: boolean;
            /** @description True shows the seed. */
            seed?: boolean;
            /** @description True shows what the result cost. */
            cost?: boolean;
            /** @description True lets the operator show it on the front page, with prompt and cost. */
            showcase?: boolean;
        };
        /**
         * NodeTime
         * @description The run time of one workflow node.
         */
        NodeTime: {
            /**
             * @description Its id in the graph.
             * @example gpu-1
             */
            node?: string;
            /** @description Milliseconds, as its events arrived. */
            ms?: number;
        };
        /**
         * NotKept
         * @description A result that was to be kept, but no asset keeps it, and the reason.
         */
        NotKept: {
            /**
             * @description The job.
             * @example job_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            jobId: string;
            /** @description Which of its outputs, from 0. */
            outputIndex: number;
            /** @description The kind of reason, for programs to branch on. */
            code: string;
            /** @description The reason. */
            message: string;
        };
        /**
         * OffReason
         * @description The reason why a rule was turned off.
         *
         *     `member`: whoever saved its card may no longer pay for the account. `card_blocked`: the bank
         *     said not to try again. `review`: an operator must look at a payment. `operator`: an operator
         *     stopped it, and only an operator lets it be turned on again; then it is `released`.
         * @enum {string|null}
         */
        OffReason: "person" | "member" | "declined" | "card_blocked" | "refused" | "package_gone" | "refunded" | "frozen" | "closed" | "review" | "operator" | "released" | null;
        /**
         * OutputPage
         * @description A page of results: newest job first, and the outputs of a job in their order.
         */
        OutputPage: {
            /** @description The results. */
            data: components["schemas"]["MediaOutput"][];
            /** @description Send it as `cursor` for the next page; null on the last page. */
            nextCursor: string | null;
        };
        /**
         * OutputRef
         * @description One output of a job.
         */
        OutputRef: {
            /**
             * @description A job of this account that has succeeded.
             * @example job_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            jobId: string;
            /** @description Which of its outputs, from 0. */
            outputIndex?: number;
        };
        /**
         * OutputState
         * @description The state of an output: it expires after 48 hours, and is deleted later.
         * @enum {string}
         */
        OutputState: "available" | "expired" | "deleted";
        /**
         * PackageList
         * @description The packages for sale, and how to pay for them.
         */
        PackageList: {
            /** @description True for real money, false for play money. */
            livemode: boolean;
            /**
             * @description Always USD.
             * @constant
             */
            currency: "USD";
            /** @description The packages for sale. */
            packages: components["schemas"]["PackageShown"][];
            methods: components["schemas"]["Methods"];
            /** @description The tax on packages; null: there is none. */
            tax: components["schemas"]["TaxShown"];
        };
        /**
         * PackageShown
         * @description A package; money as dollars and as integer micro-USD.
         */
        PackageShown: {
            /** @description The package; send it as `packageCode`. */
            code: string;
            /** @description Its name for people. */
            name: string;
            /**
             * @description The price, in dollars.
             * @example 0.30
             */
            priceUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            priceMicrousd: number;
            /**
             * @description The credit it gives, in dollars.
             * @example 0.30
             */
            creditUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            creditMicrousd: number;
            /**
             * @description The bonus credit on top, in dollars.
             * @example 0.30
             */
            bonusUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            bonusMicrousd: number;
            /** @description How it can be paid. */
            methods: string[];
            /** @description Its price in each currency that a card can pay in, dollars first. */
            prices: components["schemas"]["PriceShown"][];
        };
        /**
         * PaidBy
         * @description The provider of a payment, and its reference for it.
         */
        PaidBy: {
            /** @description Who took the payment. */
            provider: string;
            /** @description The provider's reference for the payment. */
            reference: string;
        };
        /**
         * Parent
         * @description The result that a job is made from, and what it does with it.
         */
        Parent: {
            /**
             * @description A job of this account that has succeeded.
             * @example job_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            jobId: string;
            /** @description Which of its outputs, from 0. */
            outputIndex?: number;
            /** @description What the job does with it. */
            relation: components["schemas"]["Relation"];
        } | null;
        /**
         * PatchShot
         * @description Change fields of a shot.
         */
        PatchShot: {
            /**
             * @description The kind of edit. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            op: "patchShot";
            /**
             * @description Short name that never changes: a to z, 0 to 9, underscores and hyphens, 32 at most.
             * @example shot_1
             */
            shotId: string;
            /** @description New values; null removes. */
            fields: {
                [key: string]: unknown;
            };
        };
        /**
         * PayoutRequestShown
         * @description A payout request and its state.
         */
        PayoutRequestShown: {
            /** @description The request. */
            id: string;
            /**
             * @description The amount requested, in dollars.
             * @example 0.30
             */
            amountUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            amountMicrousd: number;
            /**
             * @description How it is to be paid.
             * @enum {string}
             */
            method: "usdc" | "paypal" | "bank" | "account_credit";
            /** @description Its state. */
            state: components["schemas"]["PayoutState"];
            /** @description Why it was rejected or failed. */
            reason: string | null;
            /**
             * Format: date-time
             * @description When it was created, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it was decided, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            decidedAt: string | null;
        };
        /**
         * PayoutRequests
         * @description A page of payout requests.
         */
        PayoutRequests: {
            /** @description The requests. */
            data: components["schemas"]["PayoutRequestShown"][];
            /** @description Send it as `cursor` for the next page; null on the last page. */
            nextCursor: string | null;
        };
        /**
         * PayoutShown
         * @description A payout that was made.
         */
        PayoutShown: {
            /** @description The payout. */
            id: string;
            /**
             * @description The amount paid out, in dollars.
             * @example 0.30
             */
            amountUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            amountMicrousd: number;
            /**
             * @description How it was paid.
             * @enum {string}
             */
            method: "usdc" | "paypal" | "bank" | "account_credit";
            /** @description Where it went, masked. */
            destinationMasked: string | null;
            /** @description The payment's reference at the place it was made. */
            reference: string | null;
            /**
             * Format: date-time
             * @description When it was paid, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            paidAt: string | null;
        };
        /**
         * PayoutState
         * @description The state of a payout; the last three are final.
         * @enum {string}
         */
        PayoutState: "requested" | "approved" | "paid" | "rejected" | "failed";
        /**
         * Payouts
         * @description A page of payouts.
         */
        Payouts: {
            /** @description The payouts. */
            data: components["schemas"]["PayoutShown"][];
            /** @description Send it as `cursor` for the next page; null on the last page. */
            nextCursor: string | null;
        };
        /**
         * Phase
         * @description The phase of a transfer: at once, or pending until it is posted or voided.
         * @enum {string}
         */
        Phase: "single" | "pending" | "post" | "void";
        /**
         * Ping
         * @description A message that tests a receiver.
         */
        Ping: {
            /**
             * @description Which event it is.
             * @constant
             */
            type: "test.ping";
            /**
             * Format: date-time
             * @description When it happened, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            timestamp: string;
            data: components["schemas"]["PingData"];
        };
        /**
         * PingData
         * @description The data of a ping.
         */
        PingData: {
            /** @description True for real money, false for play money. */
            livemode: boolean;
        };
        /**
         * Plan
         * @description A plan: frozen steps, exact prices, one hash.
         */
        Plan: {
            /**
             * @description The plan.
             * @example plan_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            planId: string;
            /** @description Binds steps, inputs and prices; execute needs it. */
            planHash: string;
            /** @description Its state. */
            state: components["schemas"]["PlanState"];
            /**
             * @description How it ended.
             * @enum {string|null}
             */
            outcome: "running" | "succeeded" | "partial" | "failed" | "canceled" | null;
            /** @description Rises with every change of it. */
            version: number;
            /**
             * @description Where it came from.
             * @enum {string}
             */
            origin: "key" | "session" | "agent";
            /** @description Id of the key, session or request that prepared it. */
            askedBy: string;
            /** @description Its purpose. */
            title: string | null;
            /**
             * @description The project.
             * @example proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            projectId: string | null;
            /**
             * @description The thread.
             * @example thr_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            threadId: string | null;
            /**
             * @description The plan whose steps it retries.
             * @example plan_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            resumeOf: string | null;
            /** @description True for real money, false for play money. */
            livemode: boolean;
            /** @description Number of steps. */
            stepCount: number;
            /** @description How many steps of each kind it has, in order. */
            operations: {
                [key: string]: number;
            };
            /**
             * @description The total, in dollars.
             * @example 0.30
             */
            totalUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            totalMicrousd: number;
            /** @description The version of the price table. */
            priceVersion: string;
            /**
             * @description After a step that fails: skip all others, or only those that need it.
             * @enum {string}
             */
            onFailure: "stop" | "continue";
            /**
             * Format: date-time
             * @description When it was created, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it expires, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            expiresAt: string;
            /** @description Seconds until it expires. */
            secondsLeft: number;
            /**
             * Format: date-time
             * @description When it was decided, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            decidedAt: string | null;
            /**
             * Format: date-time
             * @description When it ended, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            finishedAt: string | null;
            /** @description Why it was rejected. */
            reason: string | null;
            /**
             * @description What this caller needs to execute it: nothing, a confirmation, or an approval.
             * @enum {string}
             */
            consent: "auto" | "confirm" | "approve";
            /** @description Whether a person must approve it on the page. */
            requiresHumanApproval: boolean;
            /**
             * Format: uri
             * @description The page where a person approves or rejects it.
             */
            approvalUrl: string;
            /** @description The steps, in order. */
            steps: components["schemas"]["PlanStep"][];
            /**
             * @description Price of the steps in `stepIds`, or of all.
             * @example 0.30
             */
            selectedUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            selectedMicrousd: number;
            /** @description The selection that `stepIds` led to; only with `closure`. */
            selection?: components["schemas"]["PlanSelection"];
            /** @description Null once the plan is not pending. */
            affordable: boolean | null;
            /**
             * @description The available balance, in dollars.
             * @example 0.30
             */
            balanceUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            balanceMicrousd: number;
            /**
             * @description What these steps would leave; only while the plan is pending.
             * @example 0.30
             */
            balanceAfterUsd?: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            balanceAfterMicrousd?: number;
            /** @description Error codes executing it would get now. */
            blockedBy: string[];
            /**
             * @description The amount approved and held.
             * @example 0.30
             */
            approvedUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            approvedMicrousd: number;
            /**
             * @description The cost of its successful steps so far.
             * @example 0.30
             */
            chargedUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            chargedMicrousd: number;
            /** @description Why it was stopped: `key_revoked` or `account_frozen`. */
            error: components["schemas"]["StepError"];
            /** @description The jobs of the plan. */
            jobIds: string[];
            /** @description Steps left out when it was approved; they never run. */
            droppedStepIds: string[];
            /** @description Wait this many seconds before the next read; null: do not poll. */
            pollAfterSeconds: number | null;
        };
        /**
         * PlanHead
         * @description A plan without its steps.
         */
        PlanHead: {
            /**
             * @description The plan.
             * @example plan_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            planId: string;
            /** @description Binds steps, inputs and prices; execute needs it. */
            planHash: string;
            /** @description Its state. */
            state: components["schemas"]["PlanState"];
            /**
             * @description How it ended.
             * @enum {string|null}
             */
            outcome: "running" | "succeeded" | "partial" | "failed" | "canceled" | null;
            /** @description Rises with every change of it. */
            version: number;
            /**
             * @description Where it came from.
             * @enum {string}
             */
            origin: "key" | "session" | "agent";
            /** @description Id of the key, session or request that prepared it. */
            askedBy: string;
            /** @description Its purpose. */
            title: string | null;
            /**
             * @description The project.
             * @example proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            projectId: string | null;
            /**
             * @description The thread.
             * @example thr_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            threadId: string | null;
            /**
             * @description The plan whose steps it retries.
             * @example plan_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            resumeOf: string | null;
            /** @description True for real money, false for play money. */
            livemode: boolean;
            /** @description Number of steps. */
            stepCount: number;
            /** @description How many steps of each kind it has, in order. */
            operations: {
                [key: string]: number;
            };
            /**
             * @description The total, in dollars.
             * @example 0.30
             */
            totalUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            totalMicrousd: number;
            /** @description The version of the price table. */
            priceVersion: string;
            /**
             * @description After a step that fails: skip all others, or only those that need it.
             * @enum {string}
             */
            onFailure: "stop" | "continue";
            /**
             * Format: date-time
             * @description When it was created, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it expires, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            expiresAt: string;
            /** @description Seconds until it expires. */
            secondsLeft: number;
            /**
             * Format: date-time
             * @description When it was decided, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            decidedAt: string | null;
            /**
             * Format: date-time
             * @description When it ended, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            finishedAt: string | null;
            /** @description Why it was rejected. */
            reason: string | null;
            /**
             * @description What this caller needs to execute it: nothing, a confirmation, or an approval.
             * @enum {string}
             */
            consent: "auto" | "confirm" | "approve";
            /** @description Whether a person must approve it on the page. */
            requiresHumanApproval: boolean;
            /**
             * Format: uri
             * @description The page where a person approves or rejects it.
             */
            approvalUrl: string;
        };
        /**
         * PlanPage
         * @description A page of plans, newest first.
         */
        PlanPage: {
            /** @description The plans, newest first. */
            data: components["schemas"]["PlanHead"][];
            /** @description Send it as `cursor` for the next page; null on the last page. */
            nextCursor: string | null;
        };
        /**
         * PlanSelection
         * @description A selection of steps that can run, and what changed to make it so.
         */
        PlanSelection: {
            /** @description The steps that would run, in order. */
            stepIds: string[];
            /** @description All others, in order, with the reason. */
            dropped: components["schemas"]["DroppedStep"][];
            /** @description Steps brought along by `checkedStepIds`. */
            added: components["schemas"]["AddedStep"][];
        };
        /**
         * PlanState
         * @description The state of a plan until its decision.
         * @enum {string}
         */
        PlanState: "pending" | "executed" | "rejected" | "expired";
        /**
         * PlanStep
         * @description One frozen step with its exact price.
         */
        PlanStep: {
            /** @description The step. */
            stepId: string;
            /** @description The step's name in this plan, as in `step://KEY/n`. */
            key: string;
            /** @description The media task, or a document step. */
            operation: string;
            /** @description The input of the step, as it was frozen. */
            input: {
                [key: string]: unknown;
            };
            /** @description Each value that was moved to its grid, and the rule. */
            inputAdjustments: components["schemas"]["Adjustment"][];
            /** @description Advice that changes nothing. */
            warnings: components["schemas"]["InputWarning"][];
            /**
             * @description The price, in dollars.
             * @example 0.30
             */
            priceUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            priceMicrousd: number;
            breakdown: components["schemas"]["Breakdown"];
            /** @description Keys of the steps it waits for. */
            dependsOn: string[];
            /** @description The shot of a storyboard. */
            shotId: string | null;
            /** @description Its state. */
            state: components["schemas"]["StepState"];
            /** @description How far it is: 100 once it has ended, null if it was left out. */
            percent: number | null;
            /**
             * @description The job.
             * @example job_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            jobId: string | null;
            /** @description Why it failed: code, message, hint; null if it did not. */
            error: components["schemas"]["StepError"];
        };
        /**
         * PollLink
         * @description A device that asks for its approval.
         */
        PollLink: {
            /**
             * @description The secret the device polls with.
             * @example 0f3c…
             */
            deviceCode: string;
        };
        /**
         * PrepareFilmRender
         * @description The film to render.
         */
        PrepareFilmRender: {
            /**
             * @description The film.
             * @example flm_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            filmId: string;
        };
        /**
         * PrepareMessage
         * @description A message to price.
         */
        PrepareMessage: {
            /**
             * @description The thread.
             * @example thr_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            threadId: string;
            /**
             * @description What to say to the agent.
             * @example Write a storyboard of three shots about a fox.
             */
            content: string;
            /** @description Assets for it to look at. */
            attachments?: string[];
            /**
             * @description The most it may cost; default: `agent.maxPriceUsd` in the settings.
             * @example 0.30
             */
            maxPriceUsd?: string | null;
        };
        /**
         * PreparePlan
         * @description The steps of a new plan; or `resumeOf`, to run what an executed plan did not finish.
         */
        PreparePlan: {
            /**
             * @description The steps; one invalid step refuses all.
             * @example [
             *       {
             *         "input": {
             *           "prompt": "a fox astronaut"
             *         },
             *         "operation": "image.generate"
             *       }
             *     ]
             */
            steps?: components["schemas"]["StepRequest"][] | null;
            /**
             * @description An executed plan that has ended, to retry its unsuccessful steps.
             * @example plan_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            resumeOf?: string | null;
            /**
             * @description One of your projects, for all jobs.
             * @example proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            projectId?: string | null;
            /**
             * @description The thread it comes from.
             * @example thr_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            threadId?: string | null;
            /** @description Its purpose. */
            title?: string | null;
            /**
             * @description After a step that does not succeed: skip all others, or only those that need it. Default: stop.
             * @enum {string}
             */
            onFailure?: "stop" | "continue";
        } & ({
            steps: unknown[];
            resumeOf?: null;
        } | {
            steps?: null;
            resumeOf: string;
        });
        /**
         * PrepareRender
         * @description The shots to render.
         */
        PrepareRender: {
            /**
             * @description The asset.
             * @example ast_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            assetId: string;
            /** @description Only these shots. */
            shotIds?: string[] | null;
            /**
             * @description `missing`: shots without a take; `all`: render again. Default: missing.
             * @enum {string}
             */
            mode?: "missing" | "all";
            /** @description Clips per shot, each with its own seed. Default: 1. */
            takesPerShot?: number;
            /** @description Join all clips; default: only if every shot has exactly one. */
            combine?: boolean | null;
        };
        /**
         * Preset
         * @description A style or a camera: words that the client writes into the prompt.
         */
        Preset: {
            /** @description The preset; send it in `presetIds` of a submit. */
            presetId: string;
            /**
             * @description Its kind.
             * @enum {string}
             */
            kind: "style" | "camera";
            /** @description Its new name. */
            title: string;
            /** @description The words to write into the prompt. */
            words: string;
            /** @description What to expect of it, in a few words. */
            sample: string | null;
        };
        /**
         * Presets
         * @description The presets of this gateway.
         */
        Presets: {
            /** @description The presets: styles, then cameras. */
            data: components["schemas"]["Preset"][];
        };
        /**
         * PriceCheck
         * @description Exact prices of now; nothing was stored.
         */
        PriceCheck: {
            /**
             * @description The total, in dollars.
             * @example 0.30
             */
            totalUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            totalMicrousd: number;
            /** @description The version of the price table. */
            priceVersion: string;
            /** @description Whether the balance and the key's caps allow it now. */
            affordable: boolean;
            /**
             * @description The available balance, in dollars.
             * @example 0.30
             */
            balanceUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            balanceMicrousd: number;
            /** @description Error codes a submit would get now. */
            blockedBy: string[];
            /** @description The priced jobs, in the order they were sent. */
            items: components["schemas"]["QuoteItem"][];
            /**
             * @description Tells it from a quote.
             * @constant
             */
            dryRun: true;
        };
        /**
         * PriceRule
         * @description A task's price rule: its rates, minimum, multipliers and formula.
         */
        PriceRule: {
            /** @description The unit that is priced. */
            unit: string;
            /** @description Amounts by name, in micro-USD. */
            rates: {
                [key: string]: number;
            };
            /**
             * @description The lowest price of a job, in dollars.
             * @example 0.30
             */
            minimumUsd: string;
            /** @description Factors by name. */
            multipliers: {
                [key: string]: string;
            };
            /** @description The price of a job, as an expression. */
            formula: string;
            /** @description The version of the price table. */
            version: string;
        };
        /**
         * PriceShown
         * @description A price in a currency; the credit that it buys is in dollars.
         */
        PriceShown: {
            /**
             * @description The currency, as ISO 4217 names it, in lower case.
             * @example eur
             */
            currency: string;
            /** @description The price in units of the currency. */
            price: string;
            /** @description The same amount in millionths of the currency's unit. */
            priceMicros: number;
        };
        /** @description RFC 9457: what went wrong, and the next step; some have more members. */
        Problem: {
            /**
             * Format: uri
             * @description The kind of error, as a URN.
             */
            type: string;
            /** @description The kind in words; the same for every error of its kind. */
            title: string;
            /** @description The HTTP status, again. */
            status: number;
            /** @description What was wrong with this request. */
            detail: string;
            /**
             * Format: uri-reference
             * @description The path requested.
             */
            instance?: string;
            /**
             * @description The kind, for programs to branch on.
             * @enum {string}
             */
            code: "access_denied" | "account_closed" | "account_frozen" | "account_in_use" | "adjustment_required" | "affiliate_not_approved" | "agent_unavailable" | "already_applied" | "already_bound" | "already_decided" | "already_member" | "ambiguous_key_prefix" | "app_connected" | "approval_required" | "audio_too_short" | "authorization_already_used" | "authorization_pending" | "bad_request" | "below_minimum" | "binding_window_closed" | "card_not_saved" | "code_already_redeemed" | "code_changed_recently" | "code_expired" | "code_invalid" | "code_not_found" | "code_not_redeemable" | "code_taken" | "concurrency_limited" | "conflict" | "conflicting_input" | "content_rejected" | "credit_left" | "cross_site_refused" | "dependency_cycle" | "email_unavailable" | "expired_token" | "first_purchase_code_waiting" | "first_purchase_only" | "forbidden" | "fresh_sign_in_required" | "google_unavailable" | "headers_too_large" | "idempotency_conflict" | "idempotency_in_progress" | "idempotency_key_invalid" | "idempotency_key_required" | "identity_taken" | "if_match_required" | "insufficient_commission" | "insufficient_credits" | "internal_error" | "invalid_client" | "invalid_client_metadata" | "invalid_grant" | "invalid_input" | "invalid_json" | "invalid_redirect_uri" | "invalid_request" | "invalid_scope" | "invalid_target" | "invitation_ended" | "invitation_for_other" | "job_finished" | "job_too_large" | "key_limit_exceeded" | "key_limit_reached" | "key_revoked" | "last_identity" | "link_required" | "live_mode_disabled" | "media_not_found" | "media_too_large" | "media_unreadable" | "member_limit_exceeded" | "method_not_allowed" | "misdirected_request" | "missing_anchor" | "missing_dependency" | "no_capacity" | "no_price" | "not_an_affiliate" | "not_found" | "not_ready" | "not_shareable" | "nothing_to_resume" | "output_deleted" | "own_membership" | "payload_too_large" | "payment_header_invalid" | "payment_in_progress" | "payment_invalid" | "payment_method_unavailable" | "payment_provider_error" | "payment_required" | "payment_used_by_other_account" | "payout_already_open" | "payout_destination_invalid" | "payouts_blocked" | "plan_already_executed" | "plan_expired" | "plan_hash_mismatch" | "plan_rejected" | "plan_stale" | "price_changed" | "price_exceeds_max" | "project_archived" | "queue_full" | "quote_expired" | "quote_mismatch" | "quote_used" | "range_not_satisfiable" | "rate_limited" | "request_finished" | "request_timeout" | "role_denied" | "scope_denied" | "scope_escalation" | "self_referral" | "session_required" | "settlement_failed" | "share_taken_down" | "shot_incomplete" | "slow_down" | "source_not_ready" | "source_unreachable" | "storage_full" | "storage_quota_exceeded" | "storyboard_syntax" | "task_not_enabled" | "team_full" | "token_invalid" | "top_up_currency_in_use" | "top_up_stopped" | "unauthorized" | "unavailable" | "unknown_app" | "unknown_operation" | "unknown_package" | "unknown_step" | "unknown_task" | "unprocessable" | "unsupported_content_type" | "unsupported_grant_type" | "unsupported_media" | "unsupported_response_type" | "upload_link_ended" | "uri_too_long" | "url_refused" | "version_conflict" | "webhook_signature_invalid" | "webhook_url_refused";
            /** @description What to do next. */
            hint: string;
            /** @description Whether retrying the same request may succeed. */
            retryable?: boolean;
            /** @description Give this to the operator. */
            requestId: string;
            /** @description The first invalid field. */
            field?: string;
            /** @description Every invalid field. */
            errors?: ({
                /** @description Its path, such as `input.prompt`. */
                field?: string;
                /** @description What is wrong with it. */
                message?: string;
                /** @description What would be valid. */
                hint?: string;
            } & {
                [key: string]: unknown;
            })[];
            /** @description A small document that is valid where one was refused. */
            example?: Record<string, never> | string;
            /** @description The price of the request. */
            requiredUsd?: string;
            /** @description The amount the account may spend. */
            balanceUsd?: string;
            /**
             * Format: uri
             * @description Where to buy credit.
             */
            topUpUrl?: string;
            /** @description How long to wait, as in `Retry-After`. */
            retryAfterSeconds?: number;
        } & {
            [key: string]: unknown;
        };
        /**
         * Progress
         * @description A running job's progress.
         */
        Progress: {
            /** @description How far it is, in percent. */
            percent: number | null;
            /** @description The stage it is at. */
            stage: string | null;
            /** @description The current step. */
            step: number | null;
            /** @description Number of steps. */
            steps: number | null;
            /** @description Seconds left, estimated. */
            etaSeconds: number | null;
        } | null;
        /**
         * Project
         * @description A project: threads, assets and the jobs filed under it.
         */
        Project: {
            /**
             * @description The project.
             * @example proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            projectId: string;
            /** @description The name of the project. */
            name: string;
            /** @description Its subject. */
            description: string;
            /**
             * @description The image shown for it.
             * @example ast_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            coverAssetId: string | null;
            /** @description Whether it is archived, and therefore not listed. */
            archived: boolean;
            counts: components["schemas"]["Counts"];
            /**
             * @description The amount spent on it, in dollars.
             * @example 0.30
             */
            spentUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            spentMicrousd: number;
            /**
             * Format: date-time
             * @description When it was created, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it last changed, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            updatedAt: string;
        };
        /**
         * Prompt
         * @description A prompt that the account used, and its newest job.
         */
        Prompt: {
            /** @description The prompt. */
            prompt: string;
            /** @description The media task of that job. */
            task: string;
            /**
             * @description The job.
             * @example job_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            jobId: string;
            /**
             * Format: date-time
             * @description When it was created, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            createdAt: string;
        };
        /**
         * Prompts
         * @description Different prompts, newest first.
         */
        Prompts: {
            /** @description The prompts. */
            data: components["schemas"]["Prompt"][];
        };
        /**
         * PurchaseByX402
         * @description The package to buy; the payment is in a header.
         */
        PurchaseByX402: {
            /**
             * @description The package.
             * @example builder_600
             */
            packageCode: string;
        };
        /**
         * PurchaseShown
         * @description A purchase, and how much of it was refunded.
         */
        PurchaseShown: {
            /** @description The purchase. */
            id: string;
            /** @description Who took the payment. */
            provider: string;
            /** @description The package. */
            packageCode: string;
            /**
             * @description The price, in dollars.
             * @example 0.30
             */
            priceUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            priceMicrousd: number;
            /**
             * @description The credit it gives, in dollars.
             * @example 0.30
             */
            creditUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            creditMicrousd: number;
            /**
             * @description The bonus credit on top, in dollars.
             * @example 0.30
             */
            bonusUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            bonusMicrousd: number;
            /**
             * @description How much was refunded, in dollars.
             * @example 0.30
             */
            refundedUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            refundedMicrousd: number;
            /** @description The number of the receipt. */
            receiptNumber: string;
            /**
             * Format: date-time
             * @description When it was created, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            createdAt: string;
            /** @description True for real money, false for play money. */
            livemode: boolean;
            /** @description How much was refunded, in the bill's currency. */
            refunded: string;
            /**
             * @description The tax, in dollars at the package's own rate.
             * @example 0.30
             */
            taxUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            taxMicrousd: number;
            /** @description What was charged; null: the price in dollars, without tax. */
            bill: components["schemas"]["BillShown"];
        };
        /**
         * Purchases
         * @description A page of purchases.
         */
        Purchases: {
            /** @description The purchases. */
            data: components["schemas"]["PurchaseShown"][];
            /** @description Send it as `cursor` for the next page; null on the last page. */
            nextCursor: string | null;
        };
        /**
         * PutCharacter
         * @description Add a character, or replace the one with its id.
         */
        PutCharacter: {
            /**
             * @description The kind of edit. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            op: "putCharacter";
            character: components["schemas"]["Character"];
        };
        /**
         * PutScene
         * @description Add a scene, or replace the one with its id; `shots` left out stay as they are.
         */
        PutScene: {
            /**
             * @description The kind of edit. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            op: "putScene";
            scene: components["schemas"]["Scene"];
            /**
             * @description The scene to put it before; default: the end.
             * @example shot_1
             */
            beforeSceneId?: string | null;
        };
        /**
         * PutShot
         * @description Add a shot to a scene, or replace the one with its id.
         */
        PutShot: {
            /**
             * @description The kind of edit. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            op: "putShot";
            /**
             * @description Short name that never changes: a to z, 0 to 9, underscores and hyphens, 32 at most.
             * @example shot_1
             */
            sceneId: string;
            shot: components["schemas"]["Shot"];
            /**
             * @description The shot to put it before; default: the end.
             * @example shot_1
             */
            beforeShotId?: string | null;
        };
        /**
         * Quota
         * @description The account's storage, used and allowed.
         */
        Quota: {
            /** @description Number of bytes kept. */
            bytes: number;
            /** @description The maximum number of bytes kept. */
            bytesMax: number;
            /** @description Number of assets kept. */
            assets: number;
            /** @description The maximum number of assets kept. */
            assetsMax: number;
        };
        /**
         * Quote
         * @description Exact prices for 15 minutes; nothing is held.
         */
        Quote: {
            /**
             * @description The total, in dollars.
             * @example 0.30
             */
            totalUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            totalMicrousd: number;
            /** @description The version of the price table. */
            priceVersion: string;
            /** @description Whether the balance and the key's caps allow it now. */
            affordable: boolean;
            /**
             * @description The available balance, in dollars.
             * @example 0.30
             */
            balanceUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            balanceMicrousd: number;
            /** @description Error codes a submit would get now. */
            blockedBy: string[];
            /** @description The priced jobs, in the order they were sent. */
            items: components["schemas"]["QuoteItem"][];
            /** @description The quote; send it with the submit. */
            quoteId: string;
            /**
             * Format: date-time
             * @description When it expires, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            expiresAt: string;
        };
        /**
         * QuoteItem
         * @description One job of a quote: what it would do, and its exact price.
         */
        QuoteItem: {
            /** @description The input as it is executed. */
            effectiveInput: {
                [key: string]: unknown;
            };
            /** @description Each value that was moved to its grid, and the rule. */
            inputAdjustments: components["schemas"]["Adjustment"][];
            /** @description Advice that changes nothing. */
            warnings: components["schemas"]["InputWarning"][];
            /**
             * @description The price, in dollars.
             * @example 0.30
             */
            priceUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            priceMicrousd: number;
            /** @description The version of the price table. */
            priceVersion: string;
            breakdown: components["schemas"]["Breakdown"];
            /** @description Its place, from 0. */
            index: number;
            /** @description The media task. */
            task: string;
        };
        /**
         * QuoteRequest
         * @description Items to price.
         */
        QuoteRequest: {
            /** @description The jobs; one invalid item refuses all. */
            items: components["schemas"]["TaskRequest"][];
        };
        /**
         * ReadingWarning
         * @description Something that was read otherwise than it was written; lines count from 1.
         */
        ReadingWarning: {
            /** @description The line. */
            line: number;
            /** @description How it was read. */
            message: string;
        };
        /**
         * Receipt
         * @description A receipt. `note` is set if it is for play money.
         */
        Receipt: {
            /** @description The number of the receipt. */
            number: string;
            /** @description The purchase. */
            purchaseId: string;
            /**
             * Format: date-time
             * @description When it was issued, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            issuedAt: string;
            /** @description Who sold it. */
            seller: string;
            /** @description Who bought it. */
            buyerEmail: string | null;
            /** @description The lines of the receipt. */
            lines: components["schemas"]["ReceiptLine"][];
            /**
             * @description The tax, in dollars.
             * @example 0.30
             */
            taxUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            taxMicrousd: number;
            /**
             * @description The total, in dollars.
             * @example 0.30
             */
            totalUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            totalMicrousd: number;
            method: components["schemas"]["PaidBy"];
            /**
             * @description The credit it gives, in dollars.
             * @example 0.30
             */
            creditUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            creditMicrousd: number;
            /**
             * @description The bonus credit on top, in dollars.
             * @example 0.30
             */
            bonusUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            bonusMicrousd: number;
            /** @description The credit code that waited for this first purchase. */
            code: string | null;
            /**
             * @description The credit of that code, in dollars.
             * @example 0.30
             */
            codeCreditUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            codeCreditMicrousd: number;
            /** @description Money that was returned, or is being returned. */
            refunds: components["schemas"]["ReceiptRefund"][];
            /** @description True for real money, false for play money. */
            livemode: boolean;
            /** @description A note, such as that it is for play money. */
            note: string;
            /** @description What was charged; null: the total in dollars, without tax. */
            bill: components["schemas"]["BillShown"];
        };
        /**
         * ReceiptLine
         * @description A receipt line.
         */
        ReceiptLine: {
            /** @description The package bought. */
            description: string;
            /** @description How many. */
            quantity: number;
            /**
             * @description The cost of the line, in dollars.
             * @example 0.30
             */
            amountUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            amountMicrousd: number;
        };
        /**
         * ReceiptRefund
         * @description Money that was returned, or is being returned.
         */
        ReceiptRefund: {
            /**
             * @description Whether it was refunded, disputed, or its deposit was undone.
             * @enum {string}
             */
            kind: "refund" | "dispute" | "deposit_reversed";
            /** @description Its state. */
            state: components["schemas"]["RefundState"];
            /**
             * @description The amount returned with its tax, in dollars.
             * @example 0.30
             */
            amountUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            amountMicrousd: number;
            /** @description The amount returned, in the currency of the bill. */
            amount: string;
            /**
             * Format: date-time
             * @description When it was created, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            createdAt: string;
        };
        /**
         * Received
         * @description The event was processed; do not send it again.
         */
        Received: {
            /**
             * @description True: do not send it again.
             * @constant
             */
            received: true;
            /** @description The outcome of the event. */
            outcome: string;
        };
        /**
         * RedeemCode
         * @description The code to redeem.
         */
        RedeemCode: {
            /**
             * @description The code as it was given to you; case, spaces and hyphens are ignored.
             * @example 7K3M-09QX-TB4Z-V8RD
             */
            code: string;
        };
        /**
         * RedeemedCode
         * @description The redemption of a code.
         */
        RedeemedCode: {
            /** @description The chosen word, or the beginning of a generated code. */
            code: string;
            /** @description `waiting` for the first purchase, or `lapsed`: the code ended before it. */
            state: components["schemas"]["ShownRedemptionState"];
            /**
             * @description The credit of the code, in dollars.
             * @example 0.30
             */
            creditUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            creditMicrousd: number;
            /**
             * @description How much of it a refund of the purchase took back, in dollars.
             * @example 0.30
             */
            takenBackUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            takenBackMicrousd: number;
            /**
             * Format: date-time
             * @description When it was redeemed, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            redeemedAt: string;
            /**
             * Format: date-time
             * @description When it was credited; null while it waits.
             * @example 2026-11-25T14:00:00Z
             */
            creditedAt: string | null;
            /**
             * Format: date-time
             * @description When the credit expires; null for never, or while it waits.
             * @example 2026-11-25T14:00:00Z
             */
            expiresAt: string | null;
            /**
             * @description The least price of the purchase that it waits for, in dollars; 0 for any.
             * @example 0.30
             */
            leastPurchaseUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            leastPurchaseMicrousd: number;
            /**
             * Format: date-time
             * @description The first purchase must begin before this; null for any time.
             * @example 2026-11-25T14:00:00Z
             */
            waitsUntil: string | null;
            /** @description True for real money, false for play money. */
            livemode: boolean;
            /** @description True if it was redeemed before: nothing was credited now. */
            replayed: boolean;
        };
        /**
         * RedeliverWebhook
         * @description The delivery to send again.
         */
        RedeliverWebhook: {
            /**
             * @description A delivery of the last 30 days.
             * @example whd_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            deliveryId: string;
        };
        /**
         * RedemptionShown
         * @description A code that this account redeemed, and its credit.
         */
        RedemptionShown: {
            /** @description The chosen word, or the beginning of a generated code. */
            code: string;
            /** @description `waiting` for the first purchase, or `lapsed`: the code ended before it. */
            state: components["schemas"]["ShownRedemptionState"];
            /**
             * @description The credit of the code, in dollars.
             * @example 0.30
             */
            creditUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            creditMicrousd: number;
            /**
             * @description How much of it a refund of the purchase took back, in dollars.
             * @example 0.30
             */
            takenBackUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            takenBackMicrousd: number;
            /**
             * Format: date-time
             * @description When it was redeemed, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            redeemedAt: string;
            /**
             * Format: date-time
             * @description When it was credited; null while it waits.
             * @example 2026-11-25T14:00:00Z
             */
            creditedAt: string | null;
            /**
             * Format: date-time
             * @description When the credit expires; null for never, or while it waits.
             * @example 2026-11-25T14:00:00Z
             */
            expiresAt: string | null;
            /**
             * @description The least price of the purchase that it waits for, in dollars; 0 for any.
             * @example 0.30
             */
            leastPurchaseUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            leastPurchaseMicrousd: number;
            /**
             * Format: date-time
             * @description The first purchase must begin before this; null for any time.
             * @example 2026-11-25T14:00:00Z
             */
            waitsUntil: string | null;
            /** @description True for real money, false for play money. */
            livemode: boolean;
        };
        /**
         * Redemptions
         * @description The codes that this account redeemed, newest first.
         */
        Redemptions: {
            /** @description The redeemed codes. */
            data: components["schemas"]["RedemptionShown"][];
        };
        /**
         * RefundState
         * @description The state of a refund, as a receipt shows it.
         * @enum {string}
         */
        RefundState: "refunded" | "failed";
        /**
         * RejectPlan
         * @description The plan to reject.
         */
        RejectPlan: {
            /**
             * @description A pending plan.
             * @example plan_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            planId: string;
            /** @description The reason, which is kept. */
            reason?: string | null;
        };
        /**
         * Relation
         * @description The relation of a job to the result that it was made from.
         * @enum {string}
         */
        Relation: "seed" | "vary" | "edit" | "upscale" | "animate" | "extend" | "remix";
        /**
         * RemoveCharacter
         * @description Remove a character that no shot names.
         */
        RemoveCharacter: {
            /**
             * @description The kind of edit. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            op: "removeCharacter";
            /**
             * @description Short name that never changes: a to z, 0 to 9, underscores and hyphens, 32 at most.
             * @example shot_1
             */
            characterId: string;
        };
        /**
         * RemoveScene
         * @description Remove a scene with its shots.
         */
        RemoveScene: {
            /**
             * @description The kind of edit. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            op: "removeScene";
            /**
             * @description Short name that never changes: a to z, 0 to 9, underscores and hyphens, 32 at most.
             * @example shot_1
             */
            sceneId: string;
        };
        /**
         * RemoveShot
         * @description Remove a shot.
         */
        RemoveShot: {
            /**
             * @description The kind of edit. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            op: "removeShot";
            /**
             * @description Short name that never changes: a to z, 0 to 9, underscores and hyphens, 32 at most.
             * @example shot_1
             */
            shotId: string;
        };
        /**
         * RemovedMember
         * @description A person who is no member any more, and what ended with the membership.
         */
        RemovedMember: {
            /** @description The id of the membership. */
            id: string;
            /** @description Keys and connected apps that ended. */
            endedKeys: number;
            /** @description Browsers that were signed out. */
            endedSessions: number;
            /** @description Waiting plans that fell. */
            rejectedPlans: number;
        };
        /**
         * RequestBilling
         * @description The most that is held, and the final charge.
         */
        RequestBilling: {
            /**
             * @description Its state.
             * @enum {string}
             */
            state: "reserved" | "captured" | "released";
            /**
             * @description Always USD.
             * @constant
             */
            currency: "USD";
            /**
             * @description The price, in dollars.
             * @example 0.30
             */
            priceUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            priceMicrousd: number;
            /**
             * @description The amount charged, in dollars.
             * @example 0.30
             */
            chargedUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            chargedMicrousd: number;
        };
        /**
         * RequestPayout
         * @description A payout to request.
         */
        RequestPayout: {
            /**
             * @description Default: everything available.
             * @example 0.30
             */
            amountUsd?: string | null;
            /**
             * @description Default: the configured one; account_credit is paid at once.
             * @enum {string|null}
             */
            method?: "usdc" | "paypal" | "bank" | "account_credit" | null;
        };
        /**
         * RequestState
         * @description The state of a message to the agent; the last four are final.
         * @enum {string}
         */
        RequestState: "queued" | "running" | "succeeded" | "failed" | "canceled" | "expired";
        /**
         * RequestUrls
         * @description Paths to read, follow and cancel a request.
         */
        RequestUrls: {
            /** @description The path to read it. */
            get: string;
            /** @description The path to follow it as server-sent events. */
            events: string;
            /** @description The path to cancel it, by POST. */
            cancel: string;
        };
        /**
         * RequestUsage
         * @description Tokens of the turns that were finished.
         */
        RequestUsage: {
            /** @description Tokens read, as the model counts them. */
            inputTokens: number;
            /** @description Tokens written, as the model counts them. */
            outputTokens: number;
            /** @description Tokens read from the cache, as the model counts them. */
            cacheReadTokens: number;
            /** @description Tokens written to the cache, as the model counts them. */
            cacheWriteTokens: number;
            /** @description Number of model calls. */
            turns: number;
        };
        /**
         * RestoreOutputs
         * @description The results to restore: these, or those of one deletion.
         */
        RestoreOutputs: {
            /** @description Results of this account. */
            outputs?: components["schemas"]["OutputRef"][] | null;
            /**
             * Format: date-time
             * @description Instead of `outputs`: the `deletedAt` that deleteOutputs answered.
             */
            deletedAt?: string | null;
        } & ({
            outputs: unknown[];
            deletedAt?: null;
        } | {
            outputs?: null;
            deletedAt: string;
        });
        /**
         * RevokeKey
         * @description The key to revoke, by its id or by the start of its look-up part.
         */
        RevokeKey: {
            /**
             * @description The API key, by id.
             * @example key_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            keyId?: string | null;
            /** @description 5 to 8 characters of the look-up part, with or without the part before it. */
            keyPrefix?: string | null;
        } & ({
            keyId: string;
            keyPrefix?: null;
        } | {
            keyId?: null;
            keyPrefix: string;
        });
        /**
         * RevokeSession
         * @description The session to end, or all but the one that asks.
         */
        RevokeSession: {
            /**
             * @description The session to end.
             * @example ses_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            sessionId?: string | null;
            /**
             * @description End every session except this one.
             * @enum {boolean|null}
             */
            others?: true | null;
        } & ({
            sessionId: string;
            others?: null;
        } | {
            sessionId?: null;
            others: unknown;
        });
        /**
         * RevokeShare
         * @description The share to revoke.
         */
        RevokeShare: {
            /**
             * @description A share of this account.
             * @example shr_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            shareId: string;
        };
        /**
         * RevokedKey
         * @description A key that was revoked.
         */
        RevokedKey: {
            /** @description The id of the key. */
            id: string;
            /**
             * Format: date-time
             * @description When it was revoked, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            revokedAt: string;
        };
        /**
         * RotateKey
         * @description The key to replace by a fresh one.
         */
        RotateKey: {
            /**
             * @description The API key, by id.
             * @example key_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            keyId: string;
            /**
             * @description How long the old key keeps working.
             * @example 3600
             */
            graceSeconds?: number;
        };
        /**
         * RuleState
         * @description The state of a rule: only while it is `on` is a card ever charged.
         * @enum {string}
         */
        RuleState: "on" | "off";
        /**
         * SaveCard
         * @description The terms that take effect once the person has saved a card.
         */
        SaveCard: {
            /**
             * @description Charge when less than this is available, in dollars; at most the package's credit.
             * @example 5.00
             */
            thresholdUsd: string;
            /**
             * @description The package to buy.
             * @example builder_600
             */
            packageCode: string;
            /**
             * @description The currency to charge in; the package must have a price in it. Default: usd.
             * @example usd
             */
            currency?: string;
            /**
             * @description The most to charge in a calendar month (UTC), tax included, in `currency`.
             * @example 50.00
             */
            monthlyMaximum: string;
            /** @description Where the payment page returns to: a path on this site, one leading slash. Default: /credits/top-up/return. */
            returnPath?: string;
        };
        /**
         * SaveStoryboard
         * @description A whole document, or operations on the newest one.
         */
        SaveStoryboard: {
            /**
             * @description The asset.
             * @example ast_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            assetId: string;
            /** @description The storyboard itself. */
            document?: components["schemas"]["Storyboard"] | null;
            /**
             * @description Applied in order, all or none.
             * @example [
             *       {
             *         "fields": {
             *           "title": "The hatch"
             *         },
             *         "op": "set"
             *       }
             *     ]
             */
            operations?: (components["schemas"]["Set"] | components["schemas"]["PutCharacter"] | components["schemas"]["RemoveCharacter"] | components["schemas"]["PutScene"] | components["schemas"]["RemoveScene"] | components["schemas"]["PutShot"] | components["schemas"]["PatchShot"] | components["schemas"]["MoveShot"] | components["schemas"]["RemoveShot"])[] | null;
        } & ({
            document: unknown;
            operations?: null;
        } | {
            document?: null;
            operations: unknown[];
        });
        /**
         * SaveText
         * @description New content of a text document.
         */
        SaveText: {
            /**
             * @description The asset.
             * @example ast_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            assetId: string;
            /**
             * @description Markdown, at most 1 MiB.
             * @example # Notes
             */
            content: string;
        };
        /**
         * SavedCardShown
         * @description The saved card, as its owner knows it; its number never reaches this gateway.
         */
        SavedCardShown: {
            /** @description Its brand, such as visa. */
            brand: string;
            /** @description Its last four digits. */
            last4: string;
            /**
             * Format: date-time
             * @description When it was saved, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            savedAt: string;
            /** @description The address of whoever saved it, if they have one. */
            savedBy: string | null;
        } | null;
        /**
         * Scene
         * @description Shots in one place.
         */
        Scene: {
            /**
             * @description Short name that never changes: a to z, 0 to 9, underscores and hyphens, 32 at most.
             * @example scene_1
             */
            id: string;
            /** @description One line, as INT. AIRLOCK - NIGHT. */
            heading?: string | null;
            /** @description Free-form notes. */
            notes?: string | null;
            /** @description In order. */
            shots?: components["schemas"]["Shot"][];
        };
        /**
         * SelectThread
         * @description The thread to go on with.
         */
        SelectThread: {
            /**
             * @description The thread.
             * @example thr_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            threadId: string;
        };
        /**
         * SendMessage
         * @description A message that was priced, by `quoteId`, or one to price and send at once.
         */
        SendMessage: {
            /** @description Of `messages/prepare`; alone. */
            quoteId?: string | null;
            /**
             * @description The thread.
             * @example thr_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            threadId?: string | null;
            /**
             * @description What to say to the agent.
             * @example Write a storyboard of three shots about a fox.
             */
            content?: string | null;
            /** @description Assets for it to look at. */
            attachments?: string[];
            /**
             * @description The most it may cost.
             * @example 0.30
             */
            maxPriceUsd?: string | null;
            /** @description The person in front of the client has confirmed. */
            confirmedInClient?: boolean;
        } & ({
            quoteId: string;
            confirmedInClient?: boolean;
        } | {
            quoteId?: null;
            threadId: string;
            content: string;
        });
        /**
         * SessionList
         * @description The browsers signed in to this account, newest first.
         */
        SessionList: {
            /** @description The sessions, newest first. */
            data: components["schemas"]["SessionShown"][];
        };
        /**
         * SessionShown
         * @description One browser that is signed in to this account.
         */
        SessionShown: {
            /** @description The id of the session. */
            id: string;
            /**
             * @description How it signed in.
             * @enum {string}
             */
            method: "google" | "email";
            /**
             * Format: date-time
             * @description When it was created, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it was last used, to the hour.
             * @example 2026-11-25T14:00:00Z
             */
            seenAt: string;
            /**
             * Format: date-time
             * @description When it expires, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            expiresAt: string;
            /** @description Whether it is the current session. */
            current: boolean;
            /** @description Whether it began within the last ten minutes, as sensitive operations require. */
            fresh: boolean;
        };
        /**
         * Set
         * @description Change title, logline, notes or defaults.
         */
        Set: {
            /**
             * @description The kind of edit. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            op: "set";
            /** @description New values; null removes. */
            fields: {
                [key: string]: unknown;
            };
        };
        /**
         * SetBudget
         * @description A budget for a UTC month; it replaces the amount of the one for the same subject.
         */
        SetBudget: {
            /**
             * @description The spending it is about. Default: account.
             * @example key
             */
            subject?: components["schemas"]["BudgetSubject"];
            /**
             * @description The key, member or project, by id; omit it for the account.
             * @example key_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            subjectId?: string | null;
            /**
             * @description Dollars a month, above zero.
             * @example 50.00
             */
            amountUsd: string;
        };
        /**
         * Share
         * @description A result that anybody with its link can see, until it expires or is revoked.
         */
        Share: {
            /**
             * @description The share.
             * @example shr_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            shareId: string;
            /** @description The kind of thing shared. */
            kind: components["schemas"]["ShareKind"];
            /** @description The result, as it was named when it was shared. */
            ref: string;
            /** @description `active` while the link works; `ended`: its result was deleted. */
            state: components["schemas"]["ShareState"];
            /**
             * Format: uri
             * @description The secret link; null when it no longer works or cannot be shown again.
             */
            url: string | null;
            show: components["schemas"]["ShareShow"];
            /** @description Whether the page offers Remix. */
            remix: boolean;
            /** @description Whether it is on the front page now. */
            featured: boolean;
            /**
             * @description `image`, `video` or `audio`.
             * @enum {string}
             */
            mediaKind: "image" | "audio" | "video";
            /**
             * @description The asset that keeps the result.
             * @example ast_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            assetId: string;
            /**
             * @description The job that made it.
             * @example job_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            jobId: string;
            /** @description Which output of the job. */
            outputIndex: number;
            /** @description False: made in test mode, drawn by the sandbox. */
            livemode: boolean;
            /**
             * Format: date-time
             * @description When it was created, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it expires, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            expiresAt: string;
            /**
             * Format: date-time
             * @description When it was revoked, in UTC; null: it was not.
             * @example 2026-11-25T14:00:00Z
             */
            revokedAt: string | null;
        };
        /**
         * ShareKind
         * @description The kind of result that is shared.
         * @enum {string}
         */
        ShareKind: "output" | "take" | "film";
        /**
         * SharePage
         * @description A page of shares, newest first.
         */
        SharePage: {
            /** @description The shares, newest first. */
            data: components["schemas"]["Share"][];
            /** @description Send it as `cursor` for the next page; null on the last page. */
            nextCursor: string | null;
        };
        /**
         * ShareShow
         * @description The choices of what the page of a share tells.
         */
        ShareShow: {
            /** @description Whether the prompt is shown. */
            prompt: boolean;
            /** @description Whether the seed is shown. */
            seed: boolean;
            /** @description Whether the cost is shown. */
            cost: boolean;
            /** @description Whether the operator may show it on the front page. */
            showcase: boolean;
        };
        /**
         * ShareShowChange
         * @description Changes to what the page of a share tells; omitted fields stay.
         */
        ShareShowChange: {
            /** @description Whether the prompt is shown. */
            prompt?: boolean | null;
            /** @description Whether the seed is shown. */
            seed?: boolean | null;
            /** @description Whether the cost is shown. */
            cost?: boolean | null;
            /** @description Whether it may be on the front page. */
            showcase?: boolean | null;
        };
        /**
         * ShareState
         * @description The state of a share; only an active one is served.
         *
         *     It has `ended` when its result was deleted or its account closed.
         * @enum {string}
         */
        ShareState: "active" | "expired" | "revoked" | "taken-down" | "ended";
        /**
         * Shot
         * @description One shot: what is seen and heard, and how it is made.
         *
         *     To be rendered it needs a `prompt` or an `action`. The model is told the prompt, or without one
         *     the action and the dialogue; then `camera`, and a sentence for `movement`. Title, status, size,
         *     angle, lens, characters, references, sfx, music and notes are for people.
         *
         *     `durationSeconds` is floor(s * fps / 8) * 8 + 1 frames of a new clip, and ceil(s * fps / 8) * 8
         *     new frames of one that continues another.
         */
        Shot: {
            /** @description Pixels, as of video.generate. */
            width?: number | null;
            /** @description Pixels, as of video.generate. */
            height?: number | null;
            /**
             * @description Frames a second.
             * @enum {integer|null}
             */
            fps?: 24 | 25 | 30 | 48 | 50 | null;
            /** @description Frames, 8n + 1; instead of `durationSeconds`. */
            durationFrames?: number | null;
            /** @description Instead of `durationFrames`; `inputAdjustments` of the plan says how it was rounded. */
            durationSeconds?: number | null;
            /** @description Seed of the randomness. */
            seed?: number | null;
            /** @description Sound for the clip. */
            generateAudio?: boolean | null;
            /**
             * @description Short name that never changes: a to z, 0 to 9, underscores and hyphens, 32 at most.
             * @example shot_1
             */
            id: string;
            /** @description One line. */
            title?: string | null;
            /**
             * @description Its review status.
             * @enum {string|null}
             */
            status?: "draft" | "approved" | "rejected" | null;
            /**
             * @description Size of the shot.
             * @enum {string|null}
             */
            size?: "ECU" | "CU" | "MCU" | "MS" | "MLS" | "LS" | "ELS" | "OTS" | "POV" | "INSERT" | null;
            /**
             * @description Angle of the camera.
             * @enum {string|null}
             */
            angle?: "eye" | "low" | "high" | "overhead" | "dutch" | null;
            /**
             * @description Movement of the camera.
             * @enum {string|null}
             */
            movement?: "dolly_in" | "dolly_out" | "dolly_left" | "dolly_right" | "jib_up" | "jib_down" | "static" | "focus_shift" | "pan_left" | "pan_right" | "tilt_up" | "tilt_down" | "handheld" | "orbit" | "zoom_in" | "zoom_out" | null;
            /** @description One line, as 35mm. */
            lens?: string | null;
            /** @description One line in your own words, which follows the prompt; or a word of `movement`. */
            camera?: string | null;
            /** @description Ids of the characters seen. */
            characters?: string[];
            /**
             * @description Frame 0.
             * @example asset://ast_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            startFrame?: string | null;
            /**
             * @description The last frame.
             * @example asset://ast_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            finalFrame?: string | null;
            /**
             * @description Soundtrack that drives the motion.
             * @example asset://ast_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            referenceAudio?: string | null;
            /** @description Reference pictures. */
            references?: string[];
            /** @description Which earlier shot it continues. */
            continuity?: components["schemas"]["Continuity"];
            /**
             * @description The chosen take.
             * @example asset://ast_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            take?: string | null;
            /** @description What happens. */
            action?: string | null;
            /** @description What is said. */
            dialogue?: components["schemas"]["Dialogue"][];
            /** @description The prompt for the model; composed if missing. */
            prompt?: string | null;
            /** @description What to keep out. */
            negativePrompt?: string | null;
            /** @description Sounds. */
            sfx?: string | null;
            /** @description Music. */
            music?: string | null;
            /** @description Free-form notes. */
            notes?: string | null;
        };
        /**
         * ShownRedemptionState
         * @description The state of a redemption as its account sees it.
         *
         *     A code that ended before the first purchase has `lapsed`, and so has one that waited while a
         *     purchase was credited another.
         * @enum {string}
         */
        ShownRedemptionState: "waiting" | "credited" | "lapsed";
        /**
         * SignInOffered
         * @description The ways to sign in here.
         */
        SignInOffered: {
            /** @description The nonce Google's token must contain. */
            nonce: string;
            /** @description The client id for Google's button. */
            googleClientId: string | null;
            /** @description The ways to sign in. */
            methods: string[];
        };
        /**
         * SignedIn
         * @description An active sign-in.
         */
        SignedIn: {
            /**
             * @description Whether somebody is signed in.
             * @constant
             */
            authenticated: true;
            /** @description The account. */
            accountId: string;
            /** @description The e-mail address. */
            email: string | null;
            /**
             * Format: date-time
             * @description When it was created, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it expires, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            expiresAt: string;
            /** @description Whether this gateway takes real money. */
            liveEnabled: boolean;
            /** @description The team that this browser works in; null: your own account. */
            team: components["schemas"]["CurrentTeam"];
        };
        /**
         * SignedInWithKey
         * @description A sign-in and its key; `apiKey` is shown only once.
         */
        SignedInWithKey: {
            /** @description The account. */
            accountId: string;
            /** @description Whether the account is new. */
            created: boolean;
            /** @description The e-mail address. */
            email: string;
            /** @description The API key. It is shown only once. */
            apiKey: string;
            key: components["schemas"]["Key"];
        };
        /**
         * SignedOut
         * @description No active sign-in.
         */
        SignedOut: {
            /**
             * @description Whether somebody is signed in.
             * @constant
             */
            authenticated: false;
            signIn: components["schemas"]["SignInOffered"];
        };
        /**
         * SnapshotBalance
         * @description Prepaid credit: balance = available + held.
         */
        SnapshotBalance: {
            /**
             * @description All credit, also what is held, in dollars.
             * @example 0.30
             */
            balanceUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            balanceMicrousd: number;
            /**
             * @description The amount that can be spent, in dollars.
             * @example 0.30
             */
            availableUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            availableMicrousd: number;
            /**
             * @description Held for open jobs and requests, in dollars.
             * @example 0.30
             */
            heldUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            heldMicrousd: number;
        };
        /**
         * SpendPolicy
         * @description A key's spending limits in dollars; null: no limit.
         *
         *     The last three are hard caps in UTC windows; reserved and charged amounts count.
         */
        SpendPolicy: {
            /**
             * @description Plans and messages up to this need no approval. Default: 0 live, no limit in test.
             * @example 0.30
             */
            autoApproveUsd?: string | null;
            /**
             * @description Up to this a yes in the client is enough. Default: autoApproveUsd.
             * @example 0.30
             */
            confirmUpToUsd?: string | null;
            /**
             * @description Spending cap per UTC day.
             * @example 0.30
             */
            dailyLimitUsd?: string | null;
            /**
             * @description Spending cap per UTC month.
             * @example 0.30
             */
            monthlyLimitUsd?: string | null;
            /**
             * @description Spending cap in total.
             * @example 0.30
             */
            totalLimitUsd?: string | null;
        } | null;
        /**
         * SpendPolicyShown
         * @description A key's spending limits in dollars; null: no limit. The first two are for one plan.
         */
        SpendPolicyShown: {
            /**
             * @description Up to this nothing asks a person, in dollars.
             * @example 0.30
             */
            autoApproveUsd: string | null;
            /**
             * @description Up to this a yes in the client is enough, in dollars.
             * @example 0.30
             */
            confirmUpToUsd: string | null;
            /**
             * @description Spending cap per UTC day, in dollars.
             * @example 0.30
             */
            dailyLimitUsd: string | null;
            /**
             * @description Spending cap per UTC month, in dollars.
             * @example 0.30
             */
            monthlyLimitUsd: string | null;
            /**
             * @description Spending cap in total, in dollars.
             * @example 0.30
             */
            totalLimitUsd: string | null;
        };
        /**
         * Spent
         * @description Amounts reserved and charged by a key or a member: this UTC day and month, and in all.
         */
        Spent: {
            /**
             * @description In this UTC day, in dollars.
             * @example 0.30
             */
            dailyUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            dailyMicrousd: number;
            /**
             * @description In this UTC month, in dollars.
             * @example 0.30
             */
            monthlyUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            monthlyMicrousd: number;
            /**
             * @description In all, in dollars.
             * @example 0.30
             */
            totalUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            totalMicrousd: number;
        } | null;
        /**
         * StartCryptoCheckout
         * @description The package to buy.
         */
        StartCryptoCheckout: {
            /**
             * @description The package.
             * @example builder_600
             */
            packageCode: string;
            /** @description Where the payment page returns to: a path on this site, one leading slash. Default: /credits/return. */
            returnPath?: string;
        };
        /**
         * StartEmail
         * @description The address for a code.
         */
        StartEmail: {
            /**
             * @description An e-mail address.
             * @example ana@example.com
             */
            email: string;
            /**
             * @description `link` adds the address to an account. Default: sign_in.
             * @enum {string}
             */
            purpose?: "sign_in" | "link";
        };
        /**
         * StartLink
         * @description A device that asks for a key.
         */
        StartLink: {
            /**
             * @description The name the person knows the device or program by.
             * @example my laptop
             */
            clientName: string;
            /** @description The scopes of the key; default: media, studio, account:read, billing. */
            scopes?: ("media" | "studio" | "account:read" | "billing" | "studio:approve" | "admin")[] | null;
            /**
             * @description Real or play money; default: live if it is enabled.
             * @enum {string|null}
             */
            mode?: "live" | "test" | null;
            /** @description The spending limits of the key. */
            spendPolicy?: components["schemas"]["SpendPolicy"];
        };
        /**
         * StartStripeCheckout
         * @description The package to buy, the currency to pay in, and whether to save the card.
         */
        StartStripeCheckout: {
            /**
             * @description The package.
             * @example builder_600
             */
            packageCode: string;
            /** @description Where the payment page returns to: a path on this site, one leading slash. Default: /credits/return. */
            returnPath?: string;
            /** @description Where receipts go; default: the account's address. */
            email?: string | null;
            /**
             * @description A currency that the package has a price in; the credit is in dollars. Default: usd.
             * @example eur
             */
            currency?: string;
            /** @description Also save the card for auto top-up, which stays as it is. Only a browser session may, never a key. */
            saveCard?: boolean;
        };
        /**
         * StartedLink
         * @description The codes of a link: show `userCode` to the person, poll with `deviceCode`.
         */
        StartedLink: {
            /** @description The secret the device polls with. */
            deviceCode: string;
            /** @description The code shown on the device. */
            userCode: string;
            /**
             * Format: uri
             * @description The page where the person enters the code.
             */
            verificationUri: string;
            /**
             * Format: uri
             * @description The same page with the code filled in.
             */
            verificationUriComplete: string;
            /** @description Seconds until the codes expire. */
            expiresIn: number;
            /** @description Seconds to wait between two polls. */
            interval: number;
        };
        /**
         * Statement
         * @description The statement of one month: opening balance + lines = closing balance, exactly.
         *
         *     The balance is all credit, also what open jobs hold.
         */
        Statement: {
            /** @description True for real money, false for play money. */
            livemode: boolean;
            /**
             * @description `live` is real money, `test` is play money.
             * @enum {string}
             */
            mode: "live" | "test";
            /**
             * @description The UTC month.
             * @example 2026-11
             */
            month: string;
            /**
             * Format: date-time
             * @description The start of the month, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            from: string;
            /**
             * Format: date-time
             * @description The end of the month, in UTC, exclusive.
             * @example 2026-11-25T14:00:00Z
             */
            to: string;
            /** @description The operator who sold the credit. */
            seller: string;
            /** @description False until the month is over and closed; then it never changes. */
            isFinal: boolean;
            /**
             * Format: date-time
             * @description When it was written, in UTC; null: not final.
             * @example 2026-11-25T14:00:00Z
             */
            issuedAt: string | null;
            /**
             * @description The balance at the start, in dollars.
             * @example 0.30
             */
            openingUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            openingMicrousd: number;
            /** @description What moved the balance, in a fixed order. */
            lines: components["schemas"]["StatementLine"][];
            /** @description The purchases, refunds and disputes in these lines, oldest first. */
            payments: components["schemas"]["StatementPayment"][];
            /**
             * @description The balance at the end, in dollars.
             * @example 0.30
             */
            closingUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            closingMicrousd: number;
        };
        /**
         * StatementLine
         * @description One line of a statement: movements of one kind, and their signed sum.
         */
        StatementLine: {
            /** @description What the line is about. */
            kind: components["schemas"]["LineKind"];
            /** @description Of spending its task, of promotions `code` or `gift`; else null. */
            detail: string | null;
            /** @description How many movements it sums up. */
            movements: number;
            /**
             * @description Their sum, in dollars, with its sign.
             * @example 0.30
             */
            amountUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            amountMicrousd: number;
        };
        /**
         * StatementPayment
         * @description A purchase of the month, or money that went back: what was charged, and the credit it moved.
         *
         *     `net` and `tax` add up to `total`, in units of `currency`; what went back is negative.
         */
        StatementPayment: {
            /**
             * @description What happened; `…_failed`, `_won`, `_restored`: the credit came back.
             * @enum {string}
             */
            kind: "purchase" | "refund" | "refund_failed" | "dispute" | "dispute_won" | "deposit_reversed" | "deposit_restored";
            /**
             * Format: date-time
             * @description When its credit moved, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            at: string;
            /** @description The purchase; null: it has no record of one. */
            purchaseId: string | null;
            /** @description The number of the purchase's receipt. */
            receiptNumber: string | null;
            /** @description The number of our invoice or credit note; null: the provider's, or none. */
            invoiceNumber: string | null;
            /**
             * Format: uri
             * @description The invoice of the payment provider.
             */
            invoiceUrl: string | null;
            /**
             * @description The currency, as ISO 4217 names it, in lower case.
             * @example eur
             */
            currency: string;
            /** @description The amount without tax. */
            net: string;
            /** @description The tax. */
            tax: string;
            /** @description What was charged, or went back. */
            total: string;
            /** @description The name of the tax. */
            taxName: string | null;
            /** @description Its rate; null: none, or several. */
            taxPercent: string | null;
            /** @description Whether the buyer accounts for the tax. */
            reverseCharge: boolean;
            /** @description The buyer's name. */
            buyerName: string | null;
            /** @description The buyer's country, as ISO 3166 names it. */
            buyerCountry: string | null;
            /** @description The buyer's tax id. */
            buyerTaxId: string | null;
            /**
             * @description The credit it moved, in dollars, with its sign.
             * @example 0.30
             */
            creditUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            creditMicrousd: number;
        };
        /**
         * StatementSummary
         * @description The balances of one month.
         */
        StatementSummary: {
            /**
             * @description The UTC month.
             * @example 2026-11
             */
            month: string;
            /**
             * @description The balance at its start, in dollars.
             * @example 0.30
             */
            openingUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            openingMicrousd: number;
            /**
             * @description The balance at its end, in dollars.
             * @example 0.30
             */
            closingUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            closingMicrousd: number;
            /** @description False until the month is over and closed. */
            isFinal: boolean;
        };
        /**
         * Statements
         * @description The statements of the account in this mode: the current month, then those before.
         */
        Statements: {
            /** @description The months in which the balance moved, newest first, after the current month. */
            data: components["schemas"]["StatementSummary"][];
        };
        /**
         * StepError
         * @description The reason why a step did not succeed or run.
         */
        StepError: {
            /** @description The kind of failure, for programs to branch on. */
            code: string;
            /** @description The reason, in words. */
            message: string;
            /** @description The next step. */
            hint?: string;
            /** @description Whether the same may succeed when tried again. */
            retryable?: boolean;
        } | null;
        /**
         * StepRequest
         * @description One step: a media task, or a free document step.
         */
        StepRequest: {
            /** @description Its name in this plan, for `step://KEY/n`; default: step1, step2, … */
            key?: string | null;
            /**
             * @description The media task, or a document step.
             * @example video.extend
             */
            operation: string;
            /**
             * @description The input of the task, as its `inputSchema` says. A …Url field may be `step://KEY/n`: output n of an earlier step. Of `studio.text.save` `{assetId, baseVersion}` or `{name, projectId}`, and `content`; of `studio.storyboard.save` the same with `document` in place of `content`.
             * @example {
             *       "height": 1024,
             *       "prompt": "cinematic fox astronaut",
             *       "width": 1024
             *     }
             */
            input: {
                [key: string]: unknown;
            };
            /** @description Keys of steps to wait for. */
            dependsOn?: string[];
            /** @description Refuse instead of adjusting a value. */
            strict?: boolean;
            /** @description The storyboard shot it is a take of. */
            shotId?: string | null;
        };
        /**
         * StepState
         * @description The state of a step; `dropped` ones were left out at the approval, `skipped` ones later.
         * @enum {string}
         */
        StepState: "pending" | "dropped" | "waiting" | "submitted" | "succeeded" | "failed" | "canceled" | "skipped";
        /**
         * Storyboard
         * @description A whole storyboard: scenes of shots, in order. Whatever is empty may be left out.
         * @example {
         *       "defaults": {
         *         "height": 704,
         *         "width": 1280
         *       },
         *       "scenes": [
         *         {
         *           "heading": "INT. AIRLOCK - NIGHT",
         *           "id": "scene_1",
         *           "shots": [
         *             {
         *               "camera": "Slow push in from a low angle.",
         *               "durationSeconds": 5,
         *               "id": "shot_1",
         *               "prompt": "A grey fox in a worn suit leans on a wheel hatch, red light on it."
         *             },
         *             {
         *               "action": "The hatch swings open.",
         *               "dialogue": [
         *                 {
         *                   "character": "FOX",
         *                   "line": "Now."
         *                 }
         *               ],
         *               "id": "shot_2"
         *             }
         *           ]
         *         }
         *       ],
         *       "title": "The hatch"
         *     }
         */
        Storyboard: {
            /** @description The name of the storyboard. */
            title: string;
            /** @description One line: what it is about. */
            logline?: string | null;
            /** @description Free-form notes. */
            notes?: string | null;
            /** @description Defaults for every shot. */
            defaults?: components["schemas"]["Measures"];
            /** @description The characters. */
            characters?: components["schemas"]["Character"][];
            /** @description In order. */
            scenes?: components["schemas"]["Scene"][];
        };
        /**
         * StoryboardImported
         * @description A storyboard that was made of a text.
         */
        StoryboardImported: {
            /**
             * @description The asset.
             * @example ast_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            assetId: string;
            /**
             * @description The project.
             * @example proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            projectId: string;
            /**
             * @description Its kind.
             * @enum {string}
             */
            kind: "image" | "video" | "audio" | "text" | "storyboard";
            /** @description The name of the asset. */
            name: string;
            /** @description The name of the file. */
            filename: string;
            /** @description The media type of the bytes. */
            mimeType: string;
            /** @description Its size in bytes. */
            bytes: number;
            /**
             * @description SHA-256 of the stored bytes.
             * @example 9f86d081884c7d659f86d081884c7d659f86d081884c7d659f86d081884c7d65
             */
            sha256: string;
            /**
             * @description SHA-256 of the bytes as uploaded.
             * @example 9f86d081884c7d659f86d081884c7d659f86d081884c7d659f86d081884c7d65
             */
            sourceSha256: string | null;
            /** @description Width in pixels. */
            width: number | null;
            /** @description Height in pixels. */
            height: number | null;
            /** @description Duration, in seconds. */
            durationSeconds: number | null;
            /** @description Frames a second. */
            fps: number | null;
            /** @description Number of frames. */
            frames: number | null;
            /** @description Whether it has sound. */
            hasAudio: boolean | null;
            /** @description Tags to find it by. */
            tags: string[];
            /** @description Free-form notes. */
            notes: string;
            /** @description 0 means not rated, 5 is best. */
            rating: number;
            /** @description Whether it is archived, and therefore not listed. */
            archived: boolean;
            source: components["schemas"]["AssetSource"];
            /** @description Rises with every change of it. */
            version: number;
            /** @description Changes with each version; send it as `If-Match`. */
            etag: string;
            /**
             * @description Small WebP pictures of it by longest side: 256, 512, 1024; {} without.
             * @example {
             *       "512": "https://example.com/files/previews/fox-512.webp"
             *     }
             */
            previewUrls: {
                [key: string]: string;
            };
            /**
             * Format: uri
             * @description Address of the first 3 seconds as a silent MP4, 320 pixels wide.
             */
            previewClipUrl: string | null;
            /**
             * @description A WebP of at most 24 pixels as a data URI, to show while the picture loads.
             * @example data:image/webp;base64,UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAgA0JaQAA3AA
             */
            placeholder: string | null;
            /**
             * Format: uri
             * @description Address of the bytes; no key needed.
             */
            downloadUrl: string | null;
            /**
             * Format: date-time
             * @description When `downloadUrl` stops working, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            downloadUrlExpiresAt: string | null;
            /**
             * Format: date-time
             * @description When it was created, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it last changed, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            updatedAt: string;
            document: components["schemas"]["Storyboard"];
            /** @description The clips made from its shots. */
            takes: components["schemas"]["TakeShown"][];
            /** @description Advice that changes nothing. */
            warnings: components["schemas"]["ReadingWarning"][];
        };
        /**
         * StoryboardShown
         * @description A storyboard with its document, and the takes of its shots.
         */
        StoryboardShown: {
            /**
             * @description The asset.
             * @example ast_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            assetId: string;
            /**
             * @description The project.
             * @example proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            projectId: string;
            /**
             * @description Its kind.
             * @enum {string}
             */
            kind: "image" | "video" | "audio" | "text" | "storyboard";
            /** @description The name of the asset. */
            name: string;
            /** @description The name of the file. */
            filename: string;
            /** @description The media type of the bytes. */
            mimeType: string;
            /** @description Its size in bytes. */
            bytes: number;
            /**
             * @description SHA-256 of the stored bytes.
             * @example 9f86d081884c7d659f86d081884c7d659f86d081884c7d659f86d081884c7d65
             */
            sha256: string;
            /**
             * @description SHA-256 of the bytes as uploaded.
             * @example 9f86d081884c7d659f86d081884c7d659f86d081884c7d659f86d081884c7d65
             */
            sourceSha256: string | null;
            /** @description Width in pixels. */
            width: number | null;
            /** @description Height in pixels. */
            height: number | null;
            /** @description Duration, in seconds. */
            durationSeconds: number | null;
            /** @description Frames a second. */
            fps: number | null;
            /** @description Number of frames. */
            frames: number | null;
            /** @description Whether it has sound. */
            hasAudio: boolean | null;
            /** @description Tags to find it by. */
            tags: string[];
            /** @description Free-form notes. */
            notes: string;
            /** @description 0 means not rated, 5 is best. */
            rating: number;
            /** @description Whether it is archived, and therefore not listed. */
            archived: boolean;
            source: components["schemas"]["AssetSource"];
            /** @description Rises with every change of it. */
            version: number;
            /** @description Changes with each version; send it as `If-Match`. */
            etag: string;
            /**
             * @description Small WebP pictures of it by longest side: 256, 512, 1024; {} without.
             * @example {
             *       "512": "https://example.com/files/previews/fox-512.webp"
             *     }
             */
            previewUrls: {
                [key: string]: string;
            };
            /**
             * Format: uri
             * @description Address of the first 3 seconds as a silent MP4, 320 pixels wide.
             */
            previewClipUrl: string | null;
            /**
             * @description A WebP of at most 24 pixels as a data URI, to show while the picture loads.
             * @example data:image/webp;base64,UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAgA0JaQAA3AA
             */
            placeholder: string | null;
            /**
             * Format: uri
             * @description Address of the bytes; no key needed.
             */
            downloadUrl: string | null;
            /**
             * Format: date-time
             * @description When `downloadUrl` stops working, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            downloadUrlExpiresAt: string | null;
            /**
             * Format: date-time
             * @description When it was created, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it last changed, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            updatedAt: string;
            document: components["schemas"]["Storyboard"];
            /** @description The clips made from its shots. */
            takes: components["schemas"]["TakeShown"][];
        };
        /**
         * StripeCheckout
         * @description An open checkout: send the person to `checkoutUrl`.
         */
        StripeCheckout: {
            /** @description The checkout. */
            checkoutId: string;
            /**
             * @description Who took the payment.
             * @constant
             */
            provider: "stripe";
            /** @description The checkout at the payment provider. */
            sessionId: string;
            /**
             * Format: uri
             * @description The provider's payment page.
             */
            checkoutUrl: string;
            /** @description The package. */
            packageCode: string;
            /**
             * @description The price, in dollars.
             * @example 0.30
             */
            priceUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            priceMicrousd: number;
            /**
             * @description The credit it gives, in dollars.
             * @example 0.30
             */
            creditUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            creditMicrousd: number;
            /**
             * @description The bonus credit on top, in dollars.
             * @example 0.30
             */
            bonusUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            bonusMicrousd: number;
            /** @description The currency of the payment. */
            currency: string;
            /** @description The price in that currency, before discount and tax. */
            price: string;
            /** @description The same amount in millionths of the currency's unit. */
            priceMicros: number;
            /**
             * Format: date-time
             * @description When it expires, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            expiresAt: string;
            /** @description True for real money, false for play money. */
            livemode: boolean;
        };
        /**
         * StudioLimits
         * @description The limits of the studio, for a page or an agent.
         */
        StudioLimits: {
            /** @description The longest message, in characters. */
            messageCharacters: number;
            /** @description The most assets attached to one message. */
            attachments: number;
            /** @description The most queued and running requests. */
            activeRequests: number;
            /** @description The largest upload, in bytes. */
            uploadBytes: number;
        };
        /**
         * StudioSettings
         * @description The settings of the studio, one set for each account and mode.
         */
        StudioSettings: {
            /**
             * @description The project that is selected.
             * @example proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            selectedProjectId: string | null;
            /**
             * @description The thread that is selected.
             * @example thr_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            selectedThreadId: string | null;
            defaults: components["schemas"]["Defaults"];
            agent: components["schemas"]["AgentSettings"];
            /** @description Rises with every change. */
            revision: number;
            /**
             * Format: date-time
             * @description When it was created, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            createdAt: string | null;
            /**
             * Format: date-time
             * @description When it last changed, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            updatedAt: string | null;
        };
        /**
         * StudioSnapshot
         * @description All a page or an agent needs to begin; the lists hold the newest, the messages newest last.
         *
         *     `revision` rises with every change in the studio, every job and every movement of money.
         */
        StudioSnapshot: {
            /** @description Rises with every change. */
            revision: number;
            /** @description True for real money, false for play money. */
            livemode: boolean;
            settings: components["schemas"]["StudioSettings"];
            /** @description The projects, newest first. */
            projects: components["schemas"]["Project"][];
            /**
             * @description The project.
             * @example proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            projectId: string | null;
            /** @description The threads. */
            threads: components["schemas"]["Thread"][];
            /**
             * @description The thread.
             * @example thr_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            threadId: string | null;
            /** @description The messages, newest last. */
            messages: components["schemas"]["Message"][];
            /** @description The assets of the project, newest first. */
            assets: components["schemas"]["Asset"][];
            /** @description Plans waiting for approval. */
            pendingPlans: components["schemas"]["PlanHead"][];
            /** @description Queued and running agent requests. */
            activeRequests: components["schemas"]["AgentRequest"][];
            /** @description Queued and running jobs. */
            activeJobs: components["schemas"]["Job"][];
            balance: components["schemas"]["SnapshotBalance"];
            quota: components["schemas"]["Quota"];
            agent: components["schemas"]["AgentShown"];
            limits: components["schemas"]["StudioLimits"];
        };
        /**
         * SubmitJob
         * @description One media task with its input and the caller's limits.
         */
        SubmitJob: components["schemas"]["SubmitJobImageGenerate"] | components["schemas"]["SubmitJobImageEdit"] | components["schemas"]["SubmitJobImageUpscale"] | components["schemas"]["SubmitJobVideoGenerate"] | components["schemas"]["SubmitJobVideoExtend"] | components["schemas"]["SubmitJobVideoUpscale"] | components["schemas"]["SubmitJobVideoCombine"] | components["schemas"]["SubmitJobAudioGenerate"];
        /**
         * SubmitJobAudioGenerate
         * @description Generate a sound: Make up to 60 s of sound or music from a prompt, without speech.
         */
        SubmitJobAudioGenerate: {
            /**
             * @description Name of the task. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            task: "audio.generate";
            /** @description The input of the task. */
            input: components["schemas"]["AudioGenerateInput"];
            /** @description Refuse instead of adjusting a value. */
            strict?: boolean;
            /**
             * @description A higher price is refused.
             * @example 0.30
             */
            maxPriceUsd?: string | null;
            /** @description Run the first unused matching item of this quote. */
            quoteId?: string | null;
            /** @description A job not started by then expires, free. */
            queueTimeoutSeconds?: number;
            /** @description Seconds from the first start; then the job is canceled, free. */
            deadlineSeconds?: number | null;
            /** @description Returned unchanged, never sent to an engine. */
            metadata?: {
                [key: string]: string;
            } | null;
            /**
             * @description One of your projects, to file the job under.
             * @example proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            projectId?: string | null;
            /** @description Keep its outputs when it succeeds: in its project, or else in the Inbox. */
            keep?: boolean;
            /** @description Where to send signed messages. */
            webhook?: components["schemas"]["Webhook"];
            /** @description The result that it is made from; only recorded. */
            parent?: components["schemas"]["Parent"];
            /** @description Presets whose words the prompt holds; only recorded. */
            presetIds?: string[];
        };
        /**
         * SubmitJobImageEdit
         * @description Edit images: Change a picture with a prompt, up to 3 reference pictures and a mask.
         */
        SubmitJobImageEdit: {
            /**
             * @description Name of the task. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            task: "image.edit";
            /** @description The input of the task. */
            input: components["schemas"]["ImageEditInput"];
            /** @description Refuse instead of adjusting a value. */
            strict?: boolean;
            /**
             * @description A higher price is refused.
             * @example 0.30
             */
            maxPriceUsd?: string | null;
            /** @description Run the first unused matching item of this quote. */
            quoteId?: string | null;
            /** @description A job not started by then expires, free. */
            queueTimeoutSeconds?: number;
            /** @description Seconds from the first start; then the job is canceled, free. */
            deadlineSeconds?: number | null;
            /** @description Returned unchanged, never sent to an engine. */
            metadata?: {
                [key: string]: string;
            } | null;
            /**
             * @description One of your projects, to file the job under.
             * @example proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            projectId?: string | null;
            /** @description Keep its outputs when it succeeds: in its project, or else in the Inbox. */
            keep?: boolean;
            /** @description Where to send signed messages. */
            webhook?: components["schemas"]["Webhook"];
            /** @description The result that it is made from; only recorded. */
            parent?: components["schemas"]["Parent"];
            /** @description Presets whose words the prompt holds; only recorded. */
            presetIds?: string[];
        };
        /**
         * SubmitJobImageGenerate
         * @description Generate images: Make 1 to 4 pictures from a prompt.
         */
        SubmitJobImageGenerate: {
            /**
             * @description Name of the task. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            task: "image.generate";
            /** @description The input of the task. */
            input: components["schemas"]["ImageGenerateInput"];
            /** @description Refuse instead of adjusting a value. */
            strict?: boolean;
            /**
             * @description A higher price is refused.
             * @example 0.30
             */
            maxPriceUsd?: string | null;
            /** @description Run the first unused matching item of this quote. */
            quoteId?: string | null;
            /** @description A job not started by then expires, free. */
            queueTimeoutSeconds?: number;
            /** @description Seconds from the first start; then the job is canceled, free. */
            deadlineSeconds?: number | null;
            /** @description Returned unchanged, never sent to an engine. */
            metadata?: {
                [key: string]: string;
            } | null;
            /**
             * @description One of your projects, to file the job under.
             * @example proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            projectId?: string | null;
            /** @description Keep its outputs when it succeeds: in its project, or else in the Inbox. */
            keep?: boolean;
            /** @description Where to send signed messages. */
            webhook?: components["schemas"]["Webhook"];
            /** @description The result that it is made from; only recorded. */
            parent?: components["schemas"]["Parent"];
            /** @description Presets whose words the prompt holds; only recorded. */
            presetIds?: string[];
        };
        /**
         * SubmitJobImageUpscale
         * @description Upscale an image: Make a picture 2 or 4 times as large, or as large as asked.
         */
        SubmitJobImageUpscale: {
            /**
             * @description Name of the task. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            task: "image.upscale";
            /** @description The input of the task. */
            input: components["schemas"]["ImageUpscaleInput"];
            /** @description Refuse instead of adjusting a value. */
            strict?: boolean;
            /**
             * @description A higher price is refused.
             * @example 0.30
             */
            maxPriceUsd?: string | null;
            /** @description Run the first unused matching item of this quote. */
            quoteId?: string | null;
            /** @description A job not started by then expires, free. */
            queueTimeoutSeconds?: number;
            /** @description Seconds from the first start; then the job is canceled, free. */
            deadlineSeconds?: number | null;
            /** @description Returned unchanged, never sent to an engine. */
            metadata?: {
                [key: string]: string;
            } | null;
            /**
             * @description One of your projects, to file the job under.
             * @example proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            projectId?: string | null;
            /** @description Keep its outputs when it succeeds: in its project, or else in the Inbox. */
            keep?: boolean;
            /** @description Where to send signed messages. */
            webhook?: components["schemas"]["Webhook"];
            /** @description The result that it is made from; only recorded. */
            parent?: components["schemas"]["Parent"];
            /** @description Presets whose words the prompt holds; only recorded. */
            presetIds?: string[];
        };
        /**
         * SubmitJobVideoCombine
         * @description Combine videos: Join 2 to 100 clips with their sound, frame exact, as a stream.
         */
        SubmitJobVideoCombine: {
            /**
             * @description Name of the task. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            task: "video.combine";
            /** @description The input of the task. */
            input: components["schemas"]["VideoCombineInput"];
            /** @description Refuse instead of adjusting a value. */
            strict?: boolean;
            /**
             * @description A higher price is refused.
             * @example 0.30
             */
            maxPriceUsd?: string | null;
            /** @description Run the first unused matching item of this quote. */
            quoteId?: string | null;
            /** @description A job not started by then expires, free. */
            queueTimeoutSeconds?: number;
            /** @description Seconds from the first start; then the job is canceled, free. */
            deadlineSeconds?: number | null;
            /** @description Returned unchanged, never sent to an engine. */
            metadata?: {
                [key: string]: string;
            } | null;
            /**
             * @description One of your projects, to file the job under.
             * @example proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            projectId?: string | null;
            /** @description Keep its outputs when it succeeds: in its project, or else in the Inbox. */
            keep?: boolean;
            /** @description Where to send signed messages. */
            webhook?: components["schemas"]["Webhook"];
            /** @description The result that it is made from; only recorded. */
            parent?: components["schemas"]["Parent"];
            /** @description Presets whose words the prompt holds; only recorded. */
            presetIds?: string[];
        };
        /**
         * SubmitJobVideoExtend
         * @description Extend a video: Add new frames before or after a clip; its size and rate are kept. Also continues a job by its id.
         */
        SubmitJobVideoExtend: {
            /**
             * @description Name of the task. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            task: "video.extend";
            /** @description The input of the task. */
            input: components["schemas"]["VideoExtendInput"];
            /** @description Refuse instead of adjusting a value. */
            strict?: boolean;
            /**
             * @description A higher price is refused.
             * @example 0.30
             */
            maxPriceUsd?: string | null;
            /** @description Run the first unused matching item of this quote. */
            quoteId?: string | null;
            /** @description A job not started by then expires, free. */
            queueTimeoutSeconds?: number;
            /** @description Seconds from the first start; then the job is canceled, free. */
            deadlineSeconds?: number | null;
            /** @description Returned unchanged, never sent to an engine. */
            metadata?: {
                [key: string]: string;
            } | null;
            /**
             * @description One of your projects, to file the job under.
             * @example proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            projectId?: string | null;
            /** @description Keep its outputs when it succeeds: in its project, or else in the Inbox. */
            keep?: boolean;
            /** @description Where to send signed messages. */
            webhook?: components["schemas"]["Webhook"];
            /** @description The result that it is made from; only recorded. */
            parent?: components["schemas"]["Parent"];
            /** @description Presets whose words the prompt holds; only recorded. */
            presetIds?: string[];
        };
        /**
         * SubmitJobVideoGenerate
         * @description Generate a video: Make one MP4 with sound from a prompt; start, final and overlap frames and reference audio steer it.
         */
        SubmitJobVideoGenerate: {
            /**
             * @description Name of the task. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            task: "video.generate";
            /** @description The input of the task. */
            input: components["schemas"]["VideoGenerateInput"];
            /** @description Refuse instead of adjusting a value. */
            strict?: boolean;
            /**
             * @description A higher price is refused.
             * @example 0.30
             */
            maxPriceUsd?: string | null;
            /** @description Run the first unused matching item of this quote. */
            quoteId?: string | null;
            /** @description A job not started by then expires, free. */
            queueTimeoutSeconds?: number;
            /** @description Seconds from the first start; then the job is canceled, free. */
            deadlineSeconds?: number | null;
            /** @description Returned unchanged, never sent to an engine. */
            metadata?: {
                [key: string]: string;
            } | null;
            /**
             * @description One of your projects, to file the job under.
             * @example proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            projectId?: string | null;
            /** @description Keep its outputs when it succeeds: in its project, or else in the Inbox. */
            keep?: boolean;
            /** @description Where to send signed messages. */
            webhook?: components["schemas"]["Webhook"];
            /** @description The result that it is made from; only recorded. */
            parent?: components["schemas"]["Parent"];
            /** @description Presets whose words the prompt holds; only recorded. */
            presetIds?: string[];
        };
        /**
         * SubmitJobVideoUpscale
         * @description Upscale a video: Make a clip 1.5 or 2 times as large, or fit it into 1080p, 1440p or 2160p.
         */
        SubmitJobVideoUpscale: {
            /**
             * @description Name of the task. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            task: "video.upscale";
            /** @description The input of the task. */
            input: components["schemas"]["VideoUpscaleInput"];
            /** @description Refuse instead of adjusting a value. */
            strict?: boolean;
            /**
             * @description A higher price is refused.
             * @example 0.30
             */
            maxPriceUsd?: string | null;
            /** @description Run the first unused matching item of this quote. */
            quoteId?: string | null;
            /** @description A job not started by then expires, free. */
            queueTimeoutSeconds?: number;
            /** @description Seconds from the first start; then the job is canceled, free. */
            deadlineSeconds?: number | null;
            /** @description Returned unchanged, never sent to an engine. */
            metadata?: {
                [key: string]: string;
            } | null;
            /**
             * @description One of your projects, to file the job under.
             * @example proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            projectId?: string | null;
            /** @description Keep its outputs when it succeeds: in its project, or else in the Inbox. */
            keep?: boolean;
            /** @description Where to send signed messages. */
            webhook?: components["schemas"]["Webhook"];
            /** @description The result that it is made from; only recorded. */
            parent?: components["schemas"]["Parent"];
            /** @description Presets whose words the prompt holds; only recorded. */
            presetIds?: string[];
        };
        /**
         * SwitchAccount
         * @description The account that this browser works in from now on: your own, or that of a team.
         */
        SwitchAccount: {
            /**
             * @description The account, by id.
             * @example acct_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            accountId: string;
        };
        /**
         * TakeShown
         * @description A clip that was made for a shot.
         */
        TakeShown: {
            /** @description The shot of a storyboard. */
            shotId: string;
            /**
             * @description The job.
             * @example job_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            jobId: string;
            /**
             * @description The asset.
             * @example ast_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            assetId: string | null;
            /**
             * @description The plan.
             * @example plan_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            planId: string | null;
            /** @description The progress of its job. */
            status: components["schemas"]["TakeState"];
            /**
             * @description The price, in dollars.
             * @example 0.30
             */
            priceUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            priceMicrousd: number;
            /**
             * Format: date-time
             * @description When it was created, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            createdAt: string;
        };
        /**
         * TakeState
         * @description The outcome of a take, as of the step that made it.
         * @enum {string}
         */
        TakeState: "succeeded" | "failed" | "canceled";
        /**
         * TaskRequest
         * @description One media task with its input.
         */
        TaskRequest: components["schemas"]["TaskRequestImageGenerate"] | components["schemas"]["TaskRequestImageEdit"] | components["schemas"]["TaskRequestImageUpscale"] | components["schemas"]["TaskRequestVideoGenerate"] | components["schemas"]["TaskRequestVideoExtend"] | components["schemas"]["TaskRequestVideoUpscale"] | components["schemas"]["TaskRequestVideoCombine"] | components["schemas"]["TaskRequestAudioGenerate"];
        /**
         * TaskRequestAudioGenerate
         * @description Generate a sound: Make up to 60 s of sound or music from a prompt, without speech.
         */
        TaskRequestAudioGenerate: {
            /**
             * @description Name of the task. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            task: "audio.generate";
            /** @description The input of the task. */
            input: components["schemas"]["AudioGenerateInput"];
            /** @description Refuse instead of adjusting a value. */
            strict?: boolean;
        };
        /**
         * TaskRequestImageEdit
         * @description Edit images: Change a picture with a prompt, up to 3 reference pictures and a mask.
         */
        TaskRequestImageEdit: {
            /**
             * @description Name of the task. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            task: "image.edit";
            /** @description The input of the task. */
            input: components["schemas"]["ImageEditInput"];
            /** @description Refuse instead of adjusting a value. */
            strict?: boolean;
        };
        /**
         * TaskRequestImageGenerate
         * @description Generate images: Make 1 to 4 pictures from a prompt.
         */
        TaskRequestImageGenerate: {
            /**
             * @description Name of the task. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            task: "image.generate";
            /** @description The input of the task. */
            input: components["schemas"]["ImageGenerateInput"];
            /** @description Refuse instead of adjusting a value. */
            strict?: boolean;
        };
        /**
         * TaskRequestImageUpscale
         * @description Upscale an image: Make a picture 2 or 4 times as large, or as large as asked.
         */
        TaskRequestImageUpscale: {
            /**
             * @description Name of the task. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            task: "image.upscale";
            /** @description The input of the task. */
            input: components["schemas"]["ImageUpscaleInput"];
            /** @description Refuse instead of adjusting a value. */
            strict?: boolean;
        };
        /**
         * TaskRequestVideoCombine
         * @description Combine videos: Join 2 to 100 clips with their sound, frame exact, as a stream.
         */
        TaskRequestVideoCombine: {
            /**
             * @description Name of the task. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            task: "video.combine";
            /** @description The input of the task. */
            input: components["schemas"]["VideoCombineInput"];
            /** @description Refuse instead of adjusting a value. */
            strict?: boolean;
        };
        /**
         * TaskRequestVideoExtend
         * @description Extend a video: Add new frames before or after a clip; its size and rate are kept. Also continues a job by its id.
         */
        TaskRequestVideoExtend: {
            /**
             * @description Name of the task. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            task: "video.extend";
            /** @description The input of the task. */
            input: components["schemas"]["VideoExtendInput"];
            /** @description Refuse instead of adjusting a value. */
            strict?: boolean;
        };
        /**
         * TaskRequestVideoGenerate
         * @description Generate a video: Make one MP4 with sound from a prompt; start, final and overlap frames and reference audio steer it.
         */
        TaskRequestVideoGenerate: {
            /**
             * @description Name of the task. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            task: "video.generate";
            /** @description The input of the task. */
            input: components["schemas"]["VideoGenerateInput"];
            /** @description Refuse instead of adjusting a value. */
            strict?: boolean;
        };
        /**
         * TaskRequestVideoUpscale
         * @description Upscale a video: Make a clip 1.5 or 2 times as large, or fit it into 1080p, 1440p or 2160p.
         */
        TaskRequestVideoUpscale: {
            /**
             * @description Name of the task. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            task: "video.upscale";
            /** @description The input of the task. */
            input: components["schemas"]["VideoUpscaleInput"];
            /** @description Refuse instead of adjusting a value. */
            strict?: boolean;
        };
        /**
         * TaskShown
         * @description One media task: its input as JSON Schema, its price rule, limits, guidance, example.
         */
        TaskShown: {
            /** @description The media task. */
            task: string;
            /** @description Its name for people. */
            title: string;
            /** @description A sentence about the task. */
            description: string;
            /** @description Whether this gateway offers it. */
            enabled: boolean;
            /** @description The longest that one attempt may run, in seconds. */
            runLimitSeconds: number;
            capacity: components["schemas"]["Capacity"];
            /** @description The input as JSON Schema. */
            inputSchema: {
                [key: string]: unknown;
            };
            price: components["schemas"]["PriceRule"];
            /** @description Limits to know in advance. */
            limits: {
                [key: string]: number | number[] | {
                    [key: string]: number;
                };
            };
            /** @description Advice for good results. */
            guidance: string[];
            /** @description An input that is valid. */
            example: {
                [key: string]: unknown;
            };
        };
        /**
         * Tasks
         * @description The media tasks of this gateway.
         */
        Tasks: {
            /** @description The media tasks. */
            data: components["schemas"]["TaskShown"][];
        };
        /**
         * TaxShown
         * @description The tax on packages that are paid by card.
         */
        TaxShown: {
            /** @description Its name. */
            name: string;
            /** @description Whether prices contain it; else it is added to them. */
            included: boolean;
            /** @description Its rate; null: it depends on the buyer's country. */
            percent: string | null;
        } | null;
        /**
         * Team
         * @description The people of the account that this browser works in; the owner comes first.
         */
        Team: {
            /** @description The account of the team. */
            accountId: string;
            /**
             * @description Your role in it.
             * @enum {string}
             */
            role: "owner" | "admin" | "developer" | "viewer";
            /** @description The owner, then the members, oldest first. */
            data: components["schemas"]["MemberShown"][];
        };
        /**
         * TeamAccounts
         * @description The accounts that a person may work in: their own first.
         */
        TeamAccounts: {
            /** @description Your own account, then your teams. */
            data: components["schemas"]["TeamShown"][];
        };
        /**
         * TeamShown
         * @description An account that a person may work in.
         */
        TeamShown: {
            /** @description The account. */
            accountId: string;
            /** @description The address of its owner, or its label. */
            name: string;
            /**
             * @description Your role in it.
             * @enum {string}
             */
            role: "owner" | "admin" | "developer" | "viewer";
            /** @description Whether this browser works in it now. */
            current: boolean;
        };
        /**
         * TestWebhook
         * @description The URL for a `test.ping`.
         */
        TestWebhook: {
            /**
             * @description A public https URL on port 443.
             * @example https://example.com/hooks/media
             */
            url: string;
        };
        /**
         * TestedWebhook
         * @description The result of the ping; without `error` it was accepted.
         */
        TestedWebhook: {
            /** @description The status that the receiver answered; null for no answer. */
            httpStatus: number | null;
            /** @description How long it took, in milliseconds. */
            durationMs: number;
            /** @description Why it was not accepted; null if it was. */
            error: string | null;
        };
        /**
         * TextDocument
         * @description A text document with its content.
         */
        TextDocument: {
            /**
             * @description The asset.
             * @example ast_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            assetId: string;
            /**
             * @description The project.
             * @example proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            projectId: string;
            /**
             * @description Its kind.
             * @enum {string}
             */
            kind: "image" | "video" | "audio" | "text" | "storyboard";
            /** @description The name of the asset. */
            name: string;
            /** @description The name of the file. */
            filename: string;
            /** @description The media type of the bytes. */
            mimeType: string;
            /** @description Its size in bytes. */
            bytes: number;
            /**
             * @description SHA-256 of the stored bytes.
             * @example 9f86d081884c7d659f86d081884c7d659f86d081884c7d659f86d081884c7d65
             */
            sha256: string;
            /**
             * @description SHA-256 of the bytes as uploaded.
             * @example 9f86d081884c7d659f86d081884c7d659f86d081884c7d659f86d081884c7d65
             */
            sourceSha256: string | null;
            /** @description Width in pixels. */
            width: number | null;
            /** @description Height in pixels. */
            height: number | null;
            /** @description Duration, in seconds. */
            durationSeconds: number | null;
            /** @description Frames a second. */
            fps: number | null;
            /** @description Number of frames. */
            frames: number | null;
            /** @description Whether it has sound. */
            hasAudio: boolean | null;
            /** @description Tags to find it by. */
            tags: string[];
            /** @description Free-form notes. */
            notes: string;
            /** @description 0 means not rated, 5 is best. */
            rating: number;
            /** @description Whether it is archived, and therefore not listed. */
            archived: boolean;
            source: components["schemas"]["AssetSource"];
            /** @description Rises with every change of it. */
            version: number;
            /** @description Changes with each version; send it as `If-Match`. */
            etag: string;
            /**
             * @description Small WebP pictures of it by longest side: 256, 512, 1024; {} without.
             * @example {
             *       "512": "https://example.com/files/previews/fox-512.webp"
             *     }
             */
            previewUrls: {
                [key: string]: string;
            };
            /**
             * Format: uri
             * @description Address of the first 3 seconds as a silent MP4, 320 pixels wide.
             */
            previewClipUrl: string | null;
            /**
             * @description A WebP of at most 24 pixels as a data URI, to show while the picture loads.
             * @example data:image/webp;base64,UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAgA0JaQAA3AA
             */
            placeholder: string | null;
            /**
             * Format: uri
             * @description Address of the bytes; no key needed.
             */
            downloadUrl: string | null;
            /**
             * Format: date-time
             * @description When `downloadUrl` stops working, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            downloadUrlExpiresAt: string | null;
            /**
             * Format: date-time
             * @description When it was created, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it last changed, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            updatedAt: string;
            /** @description The text itself. */
            content: string;
        };
        /**
         * Thread
         * @description One conversation in a project.
         */
        Thread: {
            /**
             * @description The thread.
             * @example thr_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            threadId: string;
            /**
             * @description The project.
             * @example proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            projectId: string;
            /** @description Its name. */
            title: string | null;
            /** @description Whether it is archived, and therefore not listed. */
            archived: boolean;
            /** @description How many messages it has. */
            messageCount: number;
            /**
             * Format: date-time
             * @description When its newest message was written, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            lastMessageAt: string | null;
            /**
             * Format: date-time
             * @description When it was created, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it last changed, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            updatedAt: string;
        };
        /**
         * ThreadDetail
         * @description A thread with a page of its messages, the newest last.
         */
        ThreadDetail: {
            /**
             * @description The thread.
             * @example thr_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            threadId: string;
            /**
             * @description The project.
             * @example proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            projectId: string;
            /** @description Its name. */
            title: string | null;
            /** @description Whether it is archived, and therefore not listed. */
            archived: boolean;
            /** @description How many messages it has. */
            messageCount: number;
            /**
             * Format: date-time
             * @description When its newest message was written, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            lastMessageAt: string | null;
            /**
             * Format: date-time
             * @description When it was created, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it last changed, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            updatedAt: string;
            /** @description The messages, newest last. */
            messages: components["schemas"]["Message"][];
            /** @description Send it as `before` for the previous page; null on the first page. */
            previousCursor: string | null;
        };
        /**
         * TopUpList
         * @description A page of top-ups, newest first.
         */
        TopUpList: {
            /** @description The top-ups. */
            data: components["schemas"]["TopUpShown"][];
            /** @description Send it as `cursor` for the next page; null on the last page. */
            nextCursor: string | null;
        };
        /**
         * TopUpShown
         * @description One top-up: a charge of the saved card, or the try of one.
         */
        TopUpShown: {
            /** @description The checkout; its purchase is in the list of purchases. */
            checkoutId: string;
            /** @description `charging` and `waiting` are in flight; the others are final. */
            state: components["schemas"]["TopUpState"];
            /** @description The package. */
            packageCode: string;
            /** @description The currency of the amount. */
            currency: string;
            /** @description The amount with tax, in `currency`. */
            amount: string;
            /** @description The same amount in millionths of `currency`. */
            amountMicros: number;
            /** @description The last four digits of the card. */
            cardLast4: string;
            /** @description The bank's reason, if it declined. */
            declineCode: string | null;
            /**
             * Format: uri
             * @description While `waiting`: the page where the person confirms the charge to the bank.
             */
            confirmUrl: string | null;
            /**
             * Format: date-time
             * @description Until when it can be confirmed, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            confirmUntil: string | null;
            /**
             * Format: date-time
             * @description When it was created, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it ended, in UTC; null: it has not.
             * @example 2026-11-25T14:00:00Z
             */
            endedAt: string | null;
        };
        /**
         * TopUpState
         * @description The state of a top-up; in the first two it is in flight, the others are final.
         *
         *     `waiting`: the bank wants the person to confirm. `unconfirmed`: they did not within a day.
         *     `over_maximum`: with tax it would have gone beyond the monthly maximum, so nothing was charged.
         *     `canceled`: the rule was changed or turned off first. `refused`: Stripe took no invoice for it.
         * @enum {string}
         */
        TopUpState: "charging" | "waiting" | "credited" | "declined" | "unconfirmed" | "over_maximum" | "canceled" | "refused";
        /**
         * UnlinkIdentity
         * @description The identity to remove.
         */
        UnlinkIdentity: {
            /**
             * @description The identity.
             * @example idn_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            identityId: string;
        };
        /**
         * UploadLink
         * @description A link to upload one file, once, without a key; of several files that of the first.
         */
        UploadLink: {
            /**
             * Format: uri
             * @description Address that takes the file by POST.
             */
            uploadUrl: string;
            /** @description The addresses of all files, in the order of their names. */
            uploadUrls: string[];
            /**
             * @description The HTTP method to upload with.
             * @constant
             */
            method: "POST";
            /** @description The largest file it accepts. */
            maxBytes: number;
            /**
             * Format: date-time
             * @description When it expires, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            expiresAt: string;
            /** @description A command that uploads the files from their folder, up to one that fails. */
            curl: string;
        };
        /**
         * Upstream
         * @description The engine's own report of an attempt; facts that it did not send are missing.
         */
        Upstream: {
            /**
             * @description `comfyui`, `openai`, `sandbox`, or `worker` for the CPU.
             * @example gpu-1
             */
            engine?: string;
            /**
             * @description The kind of server behind the engine `openai`.
             * @example vllm-omni
             */
            dialect?: string;
            /**
             * @description The version of the engine.
             * @example 0.27.0
             */
            engineVersion?: string;
            /**
             * @description The version of Python it runs on.
             * @example 0.27.0
             */
            python?: string;
            /**
             * @description The version of PyTorch it runs on.
             * @example 0.27.0
             */
            pytorch?: string;
            /** @description The device it computes on. */
            device?: components["schemas"]["UpstreamDevice"];
            /**
             * @description The alias of the node.
             * @example gpu-1
             */
            node?: string;
            /**
             * @description The first 16 digits of the SHA-256 of the attempt's id.
             * @example 9f86d081884c7d65
             */
            promptIdHash?: string;
            /** @description The workflow that ran. */
            workflow?: components["schemas"]["UpstreamWorkflow"];
            /** @description The model files it loads; those of an operator's own are not shown. */
            models?: components["schemas"]["UpstreamModel"][];
            /** @description When it waited and ran. */
            timings?: components["schemas"]["UpstreamTimings"];
            /** @description The outputs made. */
            result?: components["schemas"]["UpstreamResult"];
        } | null;
        /**
         * UpstreamDevice
         * @description The engine's compute device.
         */
        UpstreamDevice: {
            /**
             * @description Its kind, as cuda, mps or cpu.
             * @example gpu-1
             */
            type?: string;
            /**
             * @description The model of the GPU.
             * @example NVIDIA GeForce RTX 4090
             */
            name?: string;
            /** @description Its memory, in bytes. */
            vramBytes?: number;
        };
        /**
         * UpstreamModel
         * @description A model file that the workflow loads.
         */
        UpstreamModel: {
            /**
             * @description The name of the file.
             * @example sd_xl_base_1.0.safetensors
             */
            name?: string;
            /**
             * @description ComfyUI's folder of such files, as loras.
             * @example gpu-1
             */
            folder?: string;
        };
        /**
         * UpstreamResult
         * @description The output, as measured after it was fetched.
         */
        UpstreamResult: {
            /** @description The seed it was made with, also a drawn one. */
            seed?: number;
            /** @description Width in pixels. */
            width?: number;
            /** @description Height in pixels. */
            height?: number;
            /** @description Number of frames. */
            frames?: number;
            /** @description Frames a second. */
            fps?: number;
            /** @description Whether it has sound. */
            hasAudio?: boolean;
        };
        /**
         * UpstreamTimings
         * @description Times of waiting and running, by the engine's own clock; summed over prompts.
         */
        UpstreamTimings: {
            /**
             * Format: date-time
             * @description When the engine queued it.
             * @example 2026-11-25T14:00:00.250Z
             */
            queuedAt?: string;
            /**
             * Format: date-time
             * @description When the engine began.
             * @example 2026-11-25T14:00:00.250Z
             */
            startedAt?: string;
            /**
             * Format: date-time
             * @description When the engine ended.
             * @example 2026-11-25T14:00:00.250Z
             */
            endedAt?: string;
            /** @description Milliseconds in the engine's queue. */
            queueMs?: number;
            /** @description Milliseconds from begin to end. */
            runMs?: number;
            /** @description Milliseconds before sampling: loading. */
            loadMs?: number;
            /** @description Milliseconds sampling and enlarging. */
            sampleMs?: number;
            /** @description Milliseconds decoding. */
            decodeMs?: number;
            /** @description Milliseconds saving. */
            saveMs?: number;
            /** @description The nodes that ran, in order; cached ones are missing. */
            nodes?: components["schemas"]["NodeTime"][];
        };
        /**
         * UpstreamWorkflow
         * @description The workflow that ran; one of an operator's own is not shown, only named.
         */
        UpstreamWorkflow: {
            /**
             * @description Its name: a model family, or an operator's own.
             * @example ltx-2.3
             */
            name?: string;
            /**
             * @description Over its nodes, links and model files: equal where the same workflow ran.
             * @example 9f86d081884c7d659f86d081884c7d659f86d081884c7d659f86d081884c7d65
             */
            sha256?: string;
            /** @description The graph as sent (API format); left out of lists, deleted with the prompt. */
            graph?: {
                [key: string]: unknown;
            };
        };
        /**
         * Usage
         * @description The account's usage, by the UTC day on which jobs ended and were charged.
         */
        Usage: {
            /** @description First UTC day. */
            from: string;
            /** @description Last UTC day, inclusive. */
            to: string;
            /**
             * @description The property the lines are grouped by.
             * @enum {string}
             */
            groupBy: "day" | "task" | "key" | "project" | "member";
            /** @description One line per day, task, key, project or member. */
            data: components["schemas"]["UsageLine"][];
            /**
             * @description The total, in dollars.
             * @example 0.30
             */
            totalUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            totalMicrousd: number;
        };
        /**
         * UsageExport
         * @description The charges of these days; to the micro-dollar those of the ledger.
         */
        UsageExport: {
            /** @description First UTC day. */
            from: string;
            /** @description Last UTC day, inclusive. */
            to: string;
            /** @description The properties that were grouped by. */
            groupBy: ("day" | "key" | "member" | "project" | "task")[];
            /** @description One line for each combination of values. */
            data: components["schemas"]["UsageExportLine"][];
            /**
             * @description The total, in dollars.
             * @example 0.30
             */
            totalUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            totalMicrousd: number;
        };
        /**
         * UsageExportLine
         * @description The charges with one value of each property that was grouped by; null: without it.
         */
        UsageExportLine: {
            /** @description The UTC day of the charges. */
            day?: string;
            /** @description The API key, by id. */
            keyId?: string | null;
            /** @description The label of the key. */
            keyLabel?: string | null;
            /** @description The member, by id; null: the owner of the account. */
            memberId?: string | null;
            /**
             * @description The project.
             * @example proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            projectId?: string | null;
            /** @description The name of the project. */
            projectName?: string | null;
            /** @description The media task; `agent`: messages to the agent, `api`: direct spending. */
            task?: string;
            /** @description How many charges were made. */
            charges: number;
            /**
             * @description The amount charged, in dollars.
             * @example 0.30
             */
            chargedUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            chargedMicrousd: number;
        };
        /**
         * UsageLine
         * @description One day, task, key, project or member: the jobs that ended, and what they cost.
         */
        UsageLine: {
            /** @description The UTC day. */
            day?: string;
            /** @description The media task. */
            task?: string;
            /** @description The API key, by id. */
            keyId?: string | null;
            /**
             * @description The project.
             * @example proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            projectId?: string | null;
            /** @description The member of the team, by id; null: the owner. */
            memberId?: string | null;
            /** @description How many jobs ended. */
            jobs: number;
            /** @description How many succeeded. */
            succeeded: number;
            /**
             * @description The amount charged, in dollars.
             * @example 0.30
             */
            chargedUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            chargedMicrousd: number;
        };
        /**
         * ValidateCode
         * @description A code to look up.
         */
        ValidateCode: {
            /**
             * @description A referral code.
             * @example ANN-10
             */
            code: string;
        };
        /**
         * VerifyEmail
         * @description A code that was sent by mail.
         */
        VerifyEmail: {
            /** @description Its purpose. */
            keyLabel?: string | null;
            /**
             * @description The key's mode; default: live if it is enabled, else test.
             * @enum {string|null}
             */
            mode?: "live" | "test" | null;
            /** @description Whose link referred the person; counts only at the first sign-in. */
            referralToken?: string | null;
            /**
             * @description `challengeId` from the start.
             * @example chl_01J8ZQ4V8Y6T3N5R7W9XABCDEF
             */
            challengeId: string;
            /**
             * @description The six digits from the mail.
             * @example 042917
             */
            code: string;
        };
        /**
         * VerifyGoogle
         * @description A token that Google signed.
         */
        VerifyGoogle: {
            /** @description Its purpose. */
            keyLabel?: string | null;
            /**
             * @description The key's mode; default: live if it is enabled, else test.
             * @enum {string|null}
             */
            mode?: "live" | "test" | null;
            /** @description Whose link referred the person; counts only at the first sign-in. */
            referralToken?: string | null;
            /**
             * @description An ID token that Google signed.
             * @example eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.e30.c2ln
             */
            idToken: string;
            /** @description The nonce the token must contain. */
            nonce?: string | null;
        };
        /**
         * Version
         * @description One version of a document.
         */
        Version: {
            /** @description Its number; send it as `version`. */
            version: number;
            /** @description Changes with each version; send it as `If-Match`. */
            etag: string;
            /**
             * Format: date-time
             * @description When it was created, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            createdAt: string;
            createdBy: components["schemas"]["CreatedBy"];
            /** @description Its size in bytes. */
            bytes: number;
        };
        /**
         * VersionPage
         * @description A page of versions, newest first.
         */
        VersionPage: {
            /** @description The versions, newest first. */
            data: components["schemas"]["Version"][];
            /** @description Send it as `cursor` for the next page; null on the last page. */
            nextCursor: string | null;
        };
        /**
         * VideoCombineInput
         * @description Join clips in the order given.
         * @example {
         *       "clips": [
         *         {
         *           "jobId": "job_01J8ZQ4V8Y6T3N5R7W9XABCDEA"
         *         },
         *         {
         *           "jobId": "job_01J8ZQ4V8Y6T3N5R7W9XABCDEB"
         *         },
         *         {
         *           "jobId": "job_01J8ZQ4V8Y6T3N5R7W9XABCDEC"
         *         }
         *       ],
         *       "overlapFrames": 9
         *     }
         */
        VideoCombineInput: {
            /** @description The clips by reference: 300 s and 120 frames a second each, 30 minutes in all. */
            videoUrls?: string[] | null;
            /** @description The clips, inline. Give exactly one of videoUrls, videos and clips. */
            videos?: (string | components["schemas"]["InlineMedia"])[] | null;
            /** @description The clips with their trims: {videoUrl, video or jobId, …}. */
            clips?: components["schemas"]["Clip"][] | null;
            /** @description Frames cut off the head of each clip after the first. Left out: the overlap that is recorded on a clip of an own job, 0 for others. */
            overlapFrames?: number | null;
            /** @description Pixels, even; default: the first clip's. Others are fitted and padded. */
            width?: number | null;
            /** @description Pixels, even. Requires `width`. */
            height?: number | null;
            /** @description Frames per second; default: the first clip's. */
            fps?: number | null;
            /**
             * @description Join the sound of the clips, or drop it.
             * @enum {string}
             */
            audio?: "concat" | "mute";
            /** @description Milliseconds of crossfade at each seam. */
            crossfadeAudioMs?: number;
        };
        /**
         * VideoDefaults
         * @description The usual form of videos.
         */
        VideoDefaults: {
            /** @description Width in pixels. */
            width: number;
            /** @description Height in pixels. */
            height: number;
            /** @description Frames a second. */
            fps: number;
            /** @description Length in frames. */
            durationFrames: number;
        };
        /**
         * VideoExtendInput
         * @description Continue a clip, or lead up to it.
         * @example {
         *       "extendFrames": 120,
         *       "jobId": "job_01J8ZQ4V8Y6T3N5R7W9XABCDEF",
         *       "outputMode": "tail",
         *       "prompt": "it steps outside and looks up at the pale sky"
         *     }
         */
        VideoExtendInput: {
            /** @description What happens, as one coherent paragraph. Avoid timestamps and segments; keep anti-text negatives out of it. */
            prompt: string;
            /** @description What to keep out. Some model families ignore it; a warning says so. */
            negativePrompt?: string;
            /** @description The clip to extend, at most 60 s, 1500 frames and 120 frames a second: https://…, asset://ast_… or job://job_…/0. Excludes its inline twin. */
            videoUrl?: string | null;
            /** @description The clip to extend, at most 60 s, 1500 frames and 120 frames a second, inline: a data URI or {mimeType, data}, at most 10 MiB. Excludes its …Url twin. */
            video?: (string | components["schemas"]["InlineMedia"]) | null;
            /** @description A job of this account; its first output is the source, as job://<jobId>/0. */
            jobId?: string | null;
            /**
             * @description `start` puts the new frames before the source.
             * @enum {string}
             */
            direction?: "end" | "start";
            /** @description New frames, up to a multiple of 8; 120 if no length is given. With the overlap at most 20 seconds: 20 * fps + 1. Excludes `extendSeconds`. */
            extendFrames?: number | null;
            /** @description Seconds; ceil(s * fps / 8) * 8 new frames. Excludes `extendFrames`. */
            extendSeconds?: number | null;
            /** @description Context from the source, moved to the nearest 8n + 1; default 9. */
            overlapFrames?: number | null;
            /**
             * @description `joined`: source and new frames. `tail`: the overlap and the new frames, with the overlap recorded for video.combine.
             * @enum {string}
             */
            outputMode?: "joined" | "tail";
            /** @description The last frame; not with direction start (job://job_…/0/frames/-1: the last frame of a clip): https://…, asset://ast_… or job://job_…/0. Excludes its inline twin. */
            finalFrameImageUrl?: string | null;
            /** @description The last frame; not with direction start, inline: a data URI or {mimeType, data}, at most 10 MiB. Excludes its …Url twin. */
            finalFrameImage?: (string | components["schemas"]["InlineMedia"]) | null;
            /** @description Soundtrack of the new frames, 1 to 60 s: https://…, asset://ast_… or job://job_…/0. Excludes its inline twin. */
            referenceAudioUrl?: string | null;
            /** @description Soundtrack of the new frames, 1 to 60 s, inline: a data URI or {mimeType, data}, at most 10 MiB. Excludes its …Url twin. */
            referenceAudio?: (string | components["schemas"]["InlineMedia"]) | null;
            /** @description Add silence where the reference audio ends before the clip. */
            padAudio?: boolean;
            /** @description Sound for the clip; false makes it silent and excludes reference audio. */
            generateAudio?: boolean;
            /** @description Seed of the randomness; chosen and returned if omitted. */
            seed?: number | null;
        };
        /**
         * VideoGenerateInput
         * @description Make a clip from a prompt, and from frames and sound if there are any.
         * @example {
         *       "durationFrames": 121,
         *       "height": 704,
         *       "prompt": "the fox opens the hatch and steps out into drifting red dust",
         *       "startFrameImageUrl": "asset://ast_01J8ZQ4V8Y6T3N5R7W9XABCDEF",
         *       "width": 1280
         *     }
         */
        VideoGenerateInput: {
            /** @description What happens, as one coherent paragraph. Avoid timestamps and segments; keep anti-text negatives out of it. */
            prompt: string;
            /** @description What to keep out. Some model families ignore it; a warning says so. */
            negativePrompt?: string;
            /** @description Pixels of the final canvas; moved to the nearest multiple of 64. The area is 2560x1472 at most. Left out: 1280x704, or the nearest of 1280x704, 704x1280 and 960x960 to the shape of the anchor. */
            width?: number | null;
            /** @description Pixels; moved to the nearest multiple of 64. Requires `width`. */
            height?: number | null;
            /** @description Frames, 8n + 1 (the nearest is taken) and at most 20 seconds: 20 * fps + 1. 121 if no length is given. Excludes `durationSeconds`; prefer it for exact continuation. */
            durationFrames?: number | null;
            /** @description Seconds; floor(s * fps / 8) * 8 + 1 frames. Excludes `durationFrames`. */
            durationSeconds?: number | null;
            /**
             * @description Frames a second, as sampled.
             * @enum {integer}
             */
            fps?: 24 | 25 | 30 | 48 | 50;
            /** @description Frame 0. Excludes overlap frames (job://job_…/0/frames/-1: the last frame of a clip): https://…, asset://ast_… or job://job_…/0. Excludes its inline twin. */
            startFrameImageUrl?: string | null;
            /** @description Frame 0. Excludes overlap frames, inline: a data URI or {mimeType, data}, at most 10 MiB. Excludes its …Url twin. */
            startFrameImage?: (string | components["schemas"]["InlineMedia"]) | null;
            /** @description The last frame (job://job_…/0/frames/-1: the last frame of a clip): https://…, asset://ast_… or job://job_…/0. Excludes its inline twin. */
            finalFrameImageUrl?: string | null;
            /** @description The last frame, inline: a data URI or {mimeType, data}, at most 10 MiB. Excludes its …Url twin. */
            finalFrameImage?: (string | components["schemas"]["InlineMedia"]) | null;
            /** @description Trailing frames of the previous clip in time order, best as lossless WebP: 1, 9, 17 or 25; of other numbers the last ones are kept. Excludes a start frame. job://job_…/0/frames/-9 to …/frames/-1 are the last 9 of a clip. */
            overlapFrameImageUrls?: string[] | null;
            /** @description The same, inline. Excludes `overlapFrameImageUrls` and a start frame. */
            overlapFrameImages?: (string | components["schemas"]["InlineMedia"])[] | null;
            /** @description Soundtrack of 1 to 60 s that drives the motion; needs a start frame or overlap frames: https://…, asset://ast_… or job://job_…/0. Excludes its inline twin. */
            referenceAudioUrl?: string | null;
            /** @description Soundtrack of 1 to 60 s that drives the motion; needs a start frame or overlap frames, inline: a data URI or {mimeType, data}, at most 10 MiB. Excludes its …Url twin. */
            referenceAudio?: (string | components["schemas"]["InlineMedia"]) | null;
            /** @description Add silence where the reference audio ends before the clip. */
            padAudio?: boolean;
            /** @description How firmly start and final frame hold. */
            imageStrength?: number;
            /** @description Sound for the clip; false makes it silent and excludes reference audio. */
            generateAudio?: boolean;
            /**
             * @description Adds one sentence about the camera to the prompt.
             * @enum {string|null}
             */
            cameraMotion?: "dolly_in" | "dolly_out" | "dolly_left" | "dolly_right" | "jib_up" | "jib_down" | "static" | "focus_shift" | null;
            /** @description Seed of the randomness; chosen and returned if omitted. */
            seed?: number | null;
        };
        /**
         * VideoUpscaleInput
         * @description Make a clip larger; its sound is copied.
         * @example {
         *       "jobId": "job_01J8ZQ4V8Y6T3N5R7W9XABCDEF",
         *       "target": "1080p"
         *     }
         */
        VideoUpscaleInput: {
            /** @description The clip, at most 60 s, 1500 frames and 120 frames a second: https://…, asset://ast_… or job://job_…/0. Excludes its inline twin. */
            videoUrl?: string | null;
            /** @description The clip, at most 60 s, 1500 frames and 120 frames a second, inline: a data URI or {mimeType, data}, at most 10 MiB. Excludes its …Url twin. */
            video?: (string | components["schemas"]["InlineMedia"]) | null;
            /** @description A job of this account; its first output is the source, as job://<jobId>/0. */
            jobId?: string | null;
            /** @description 1.5 or 2 times as wide and as high; default 2. */
            scale?: number | null;
            /**
             * @description The largest size of the same shape inside 1920x1088, 2560x1472 or 3840x2176 (turned for portrait), above the source. Excludes `scale`.
             * @enum {string|null}
             */
            target?: "1080p" | "1440p" | "2160p" | null;
        };
        /**
         * Webhook
         * @description The address for a job's events; see docs/webhooks.md for what is sent.
         */
        Webhook: {
            /**
             * @description A public https URL on port 443; redirects are not followed.
             * @example https://example.com/hooks/media
             */
            url: string;
            /** @description What to send: the first start, the end. Default: the end. */
            events?: ("job.started" | "job.completed")[];
        } | null;
        /**
         * WebhookCounters
         * @description Deliveries of the last 30 days, counted by state.
         */
        WebhookCounters: {
            /** @description Messages still to be sent. */
            pending: number;
            /** @description Messages that a receiver accepted. */
            delivered: number;
            /** @description Messages a receiver permanently declined. */
            stopped: number;
            /** @description How many failed. */
            failed: number;
        };
        /**
         * WebhookSettings
         * @description Webhook secrets of this account and mode; the previous one signs until its end.
         */
        WebhookSettings: {
            /** @description The secret messages are signed with. */
            secret: string;
            /** @description The previous secret, which also signs until it expires. */
            previousSecret: string | null;
            /**
             * Format: date-time
             * @description When the previous secret stops signing, in UTC.
             * @example 2026-11-25T14:00:00Z
             */
            previousSecretEndsAt: string | null;
            deliveries: components["schemas"]["WebhookCounters"];
        };
        /**
         * WithdrawnInvitation
         * @description An invitation whose link no longer works.
         */
        WithdrawnInvitation: {
            /** @description The id of the invitation. */
            id: string;
        };
        /**
         * X402Method
         * @description Payment by x402; the fields are empty if not accepted.
         */
        X402Method: {
            /** @description Whether one can pay this way now. */
            enabled: boolean;
            /** @description The blockchain networks, such as base-sepolia. */
            networks: string[];
            /**
             * @description The token that is accepted.
             * @enum {string|null}
             */
            asset: "USDC" | null;
            /** @description The address that payments go to. */
            payTo: string | null;
        };
        /**
         * X402Purchase
         * @description A payment by x402. While `pending` it may still go through: ask again, do not pay again.
         */
        X402Purchase: {
            /** @description The purchase. */
            purchaseId: string;
            /**
             * @description Its state.
             * @enum {string}
             */
            state: "credited" | "pending";
            /**
             * @description The credit that arrived, in dollars.
             * @example 0.30
             */
            creditedUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            creditedMicrousd: number;
            /**
             * @description The bonus credit on top, in dollars.
             * @example 0.30
             */
            bonusUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            bonusMicrousd: number;
            /**
             * @description The available balance, in dollars.
             * @example 0.30
             */
            balanceUsd: string;
            /** @description The same amount in micro-USD: 1,000,000 is $1. */
            balanceMicrousd: number;
            /** @description The hash of the transaction; null while pending. */
            transaction: string | null;
            /** @description The blockchain network, such as base-sepolia. */
            network: string;
            /** @description The address that paid. */
            payer: string;
            /** @description The number of the receipt. */
            receiptNumber: string | null;
            /** @description Whether this payment had been received before. */
            replayed: boolean;
        };
    };
    responses: {
        /** @description `rate_limited`: Too many requests. */
        RateLimited: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `unavailable`: The gateway cannot do this right now. */
        Unavailable: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `invalid_json`: The body is not valid JSON. */
        InvalidJson: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `payload_too_large`: The request body is too large. */
        PayloadTooLarge: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `unsupported_content_type`: The body is not JSON. */
        UnsupportedContentType: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `invalid_input`: A value is out of range, or a field is unknown. */
        InvalidInput: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `code_invalid`: Wrong code. */
        CodeInvalid: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `code_expired`: This code has expired, was used, or was attempted too often. */
        CodeExpired: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `token_invalid`: This Google token is not valid for this gateway. */
        TokenInvalid: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `google_unavailable`: Sign-in with Google is not available now. `unavailable`: The gateway cannot do this right now. */
        GoogleUnavailableOrUnavailable: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `cross_site_refused`: This request did not come from a page of this site. */
        CrossSiteRefused: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `unauthorized`: The API key is missing or not valid. */
        Unauthorized: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `live_mode_disabled`: This gateway does not accept real money yet. */
        LiveModeDisabled: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The browsers signed in to this account, newest first. */
        SessionList: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["SessionList"];
            };
        };
        /** @description `not_found`: It does not exist, or it is not yours. */
        NotFound: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `cross_site_refused`: This request did not come from a page of this site. `fresh_sign_in_required`: This requires a sign-in within the last 10 minutes. */
        CrossSiteRefusedOrFreshSignInRequired: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `scope_denied`: The API key lacks the scope that this operation needs. */
        ScopeDenied: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `role_denied`: Your role in this team does not allow this. */
        RoleDenied: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `cross_site_refused`: This request did not come from a page of this site. `fresh_sign_in_required`: This requires a sign-in within the last 10 minutes. `role_denied`: Your role in this team does not allow this. */
        CrossSiteRefusedOrFreshSignInRequiredOrRoleDenied: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `idempotency_key_invalid`: The idempotency key is not valid. `invalid_json`: The body is not valid JSON. */
        IdempotencyKeyInvalidOrInvalidJson: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `cross_site_refused`: This request did not come from a page of this site. `fresh_sign_in_required`: This requires a sign-in within the last 10 minutes. `role_denied`: Your role in this team does not allow this. `scope_denied`: The API key lacks the scope that this operation needs. `scope_escalation`: A key cannot create a key with more rights than its own. */
        CrossSiteRefusedOrFreshSignInRequiredOrRoleDeniedOrScopeDeniedOrScopeEscalation: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `cross_site_refused`: This request did not come from a page of this site. `role_denied`: Your role in this team does not allow this. `scope_denied`: The API key lacks the scope that this operation needs. */
        CrossSiteRefusedOrRoleDeniedOrScopeDenied: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `cross_site_refused`: This request did not come from a page of this site. `role_denied`: Your role in this team does not allow this. */
        CrossSiteRefusedOrRoleDenied: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description An account that a person may work in. */
        TeamShown: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["TeamShown"];
            };
        };
        /** @description `role_denied`: Your role in this team does not allow this. `scope_denied`: The API key lacks the scope that this operation needs. */
        RoleDeniedOrScopeDenied: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `insufficient_credits`: The available balance is below the price. `key_limit_exceeded`: This API key has reached its spending cap. `member_limit_exceeded`: This member of the team has reached their spending cap. */
        InsufficientCreditsOrKeyLimitExceededOrMemberLimitExceeded: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `idempotency_conflict`: This idempotency key was used for a different request. */
        IdempotencyConflict: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Unchanged since you read it. */
        NotModified: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                ETag: components["headers"]["ETag"];
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description `idempotency_conflict`: This idempotency key was used for a different request. `live_mode_disabled`: This gateway does not accept real money yet. */
        IdempotencyConflictOrLiveModeDisabled: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `invalid_input`: A value is out of range, or a field is unknown. `unknown_package`: No package has this code. */
        InvalidInputOrUnknownPackage: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `payment_provider_error`: The payment provider failed or gave an invalid response; nothing was charged here. */
        PaymentProviderError: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `payment_method_unavailable`: This payment method is not available here. `unavailable`: The gateway cannot do this right now. */
        PaymentMethodUnavailableOrUnavailable: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "Retry-After": components["headers"]["RetryAfter"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `account_frozen`: Spending from this account is frozen. `cross_site_refused`: This request did not come from a page of this site. `role_denied`: Your role in this team does not allow this. `scope_denied`: The API key lacks the scope that this operation needs. */
        AccountFrozenOrCrossSiteRefusedOrRoleDeniedOrScopeDenied: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `invalid_json`: The body is not valid JSON. `payment_header_invalid`: The payment header is malformed. */
        InvalidJsonOrPaymentHeaderInvalid: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `payment_invalid`: The payment does not match what was requested; nothing was paid. `payment_required`: The account cannot pay for this. `settlement_failed`: The payment could not be settled. */
        PaymentInvalidOrPaymentRequiredOrSettlementFailed: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `authorization_already_used`: This authorization was canceled, or used for something else. `live_mode_disabled`: This gateway does not accept real money yet. `payment_in_progress`: Another request is settling this payment. `payment_used_by_other_account`: This payment has already credited another account. */
        AuthorizationAlreadyUsedOrLiveModeDisabledOrPaymentInProgressOrPaymentUsedByOtherAccount: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `cross_site_refused`: This request did not come from a page of this site. `fresh_sign_in_required`: This requires a sign-in within the last 10 minutes. `role_denied`: Your role in this team does not allow this. `top_up_stopped`: An operator of this gateway stopped auto top-up on this account. */
        CrossSiteRefusedOrFreshSignInRequiredOrRoleDeniedOrTopUpStopped: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The buyer that the next invoices name; those issued before keep what they say. */
        BillingDetailsShown: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["BillingDetailsShown"];
            };
        };
        /** @description `webhook_signature_invalid`: The event's signature is invalid, or its timestamp is too old or in the future. */
        WebhookSignatureInvalid: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `not_ready`: The event cannot be processed now. `unavailable`: The gateway cannot do this right now. */
        NotReadyOrUnavailable: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description An affiliate, its link and the terms. */
        AffiliateShown: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["AffiliateShown"];
            };
        };
        /** @description `not_an_affiliate`: This account is not in the affiliate programme. */
        NotAnAffiliate: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `no_price`: Nothing has a price here now: the operator withdrew the price table. */
        NoPrice: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `payload_too_large`: The request body is too large. `storage_quota_exceeded`: This would exceed the account's storage quota. */
        PayloadTooLargeOrStorageQuotaExceeded: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `concurrency_limited`: This account has too many open jobs, streams or requests. `rate_limited`: Too many requests. */
        ConcurrencyLimitedOrRateLimited: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "Retry-After": components["headers"]["RetryAfter"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `insufficient_credits`: The available balance is below the price. `key_limit_exceeded`: This API key has reached its spending cap. `member_limit_exceeded`: This member of the team has reached their spending cap. `price_exceeds_max`: The price is above `maxPriceUsd`. */
        InsufficientCreditsOrKeyLimitExceededOrMemberLimitExceededOrPriceExceedsMax: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `quote_expired`: This quote is no longer valid. */
        QuoteExpired: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `output_deleted`: This output has been deleted. */
        OutputDeleted: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `idempotency_conflict`: This idempotency key was used for a different request. `no_price`: Nothing has a price here now: the operator withdrew the price table. */
        IdempotencyConflictOrNoPrice: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `invalid_input`: A value is out of range, or a field is unknown. `missing_dependency`: A selected step needs one that is not selected. `unknown_step`: The plan has no such step. */
        InvalidInputOrMissingDependencyOrUnknownStep: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A JPEG picture of at most 512 pixels a side and 150 kB. */
        OK: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                [name: string]: unknown;
            };
            content: {
                "image/jpeg": string;
            };
        };
        /** @description `unsupported_media`: This kind of media is not accepted here. */
        UnsupportedMedia: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `invalid_input`: A value is out of range, or a field is unknown. `media_unreadable`: The media cannot be decoded, or exceeds a size or length limit. */
        InvalidInputOrMediaUnreadable: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `account_frozen`: Spending from this account is frozen. `approval_required`: A person must approve this. `role_denied`: Your role in this team does not allow this. `scope_denied`: The API key lacks the scope that this operation needs. */
        AccountFrozenOrApprovalRequiredOrRoleDeniedOrScopeDenied: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `idempotency_conflict`: This idempotency key was used for a different request. `project_archived`: The project is archived. */
        IdempotencyConflictOrProjectArchived: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `project_archived`: The project is archived. */
        ProjectArchived: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `agent_unavailable`: The agent is not available; plans, documents and tools work without it. `unavailable`: The gateway cannot do this right now. */
        AgentUnavailableOrUnavailable: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "Retry-After": components["headers"]["RetryAfter"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `version_conflict`: The document has changed since you read it. */
        VersionConflict: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `if_match_required`: The version to replace is missing. */
        IfMatchRequired: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `invalid_input`: A value is out of range, or a field is unknown. `storyboard_syntax`: The text is not a storyboard. */
        InvalidInputOrStoryboardSyntax: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `content_rejected`: The request violates the content rules of this gateway. `invalid_input`: A value is out of range, or a field is unknown. `media_not_found`: The asset or output does not exist, has expired, or is not yours. `shot_incomplete`: A shot is incomplete and cannot be rendered. */
        ContentRejectedOrInvalidInputOrMediaNotFoundOrShotIncomplete: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                "X-Should-Retry": components["headers"]["ShouldRetry"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: {
        /**
         * @description One key per intended operation. Send the SAME key when you retry. `Idempotency-Key` is an alias.
         * @example fox-astronaut-1
         */
        IdempotencyKey: string;
        /**
         * @description `wait=N`: answer 200 with the job if it ends within N seconds (0 to 60). Anything else is ignored.
         * @example wait=1
         */
        Prefer: string;
        /**
         * @description The `ETag` of the answer you have: 304 without a body if it is current.
         * @example "3-a-13c64ce51327b35cd1c8b32931985211"
         */
        IfNoneMatch: string;
        /**
         * @description The `etag` of the version you read; without it, replacing a version is 428.
         * @example "ast_01M89G9NQGDNCH30W7TVXM5TRK.v1"
         */
        IfMatch: string;
        /**
         * @description Maximum number to return in a page.
         * @example 2
         */
        Limit: number;
        /**
         * @description Maximum number to return in a page.
         * @example 2
         */
        Limit50: number;
        /**
         * @description The invoice or credit note.
         * @example inv_01M89G73PGS0XRGJX9EZVE5A6D
         */
        InvoiceId: string;
        /**
         * @description `nextCursor` of the previous page.
         * @example pay_01MAQ05BJ835WJ5E3MFYK5FEFM
         */
        Cursor: string;
        /**
         * @description Wait this long for the end, or a version above sinceVersion.
         * @example 1
         */
        WaitSeconds: number;
        /**
         * @description The version you already have.
         * @example 1
         */
        SinceVersion: number;
        /**
         * @description First UTC day (default: 30 days up to `to`).
         * @example 2026-11-25
         */
        From: string;
        /**
         * @description Only assets of this kind.
         * @example image
         */
        Kind: "image" | "video" | "audio" | "text" | "storyboard";
        /**
         * @description Only assets with this tag.
         * @example hero
         */
        Tag: string;
        /**
         * @description 1: archived assets instead.
         * @example false
         */
        Archived: boolean;
        /**
         * @description `nextCursor` of the previous page.
         * @example ast_01M89G8NG8E76PMQWTBSBBV071
         */
        Cursor2: string;
        /**
         * @description An older version; default: the newest.
         * @example 2
         */
        Version: number;
        /**
         * @description The document.
         * @example ast_01M89G9WJ89S2J3BRC6XBDV2MQ
         */
        AssetId: string;
    };
    requestBodies: never;
    headers: {
        /**
         * @description Give this to the operator.
         * @example rid_01M89G7DF0675PCBGXNSS48W15
         */
        RequestId: string;
        /**
         * @description The trace of the job, in the operator's traces and logs, and in its webhooks.
         * @example 01a21303b5e002a043c29555a54c814a
         */
        TraceId: string;
        /**
         * @description Seconds to wait; given wherever waiting helps.
         * @example 1
         */
        RetryAfter: number;
        /**
         * @description The rate this request counted towards: `q` requests in `w` seconds.
         * @example "submit";q=120;w=60
         */
        RateLimitPolicy: string;
        /**
         * @description What is left of it, `r`, and the seconds until it resets, `t`.
         * @example "submit";r=104;t=40
         */
        RateLimit: string;
        /**
         * @description What the account may spend after this request.
         * @example 464.98
         */
        CreditsRemaining: string;
        /**
         * @description `false`: the same request will be refused again.
         * @example false
         */
        ShouldRetry: string;
        /**
         * @description The path to read the job.
         * @example /api/v1/media/jobs?jobId=job_01M89G7DF00AG47GMNAPJMS0AA
         */
        Location: string;
        /**
         * @description The page it redirects to.
         * @example https://example.com/api-docs
         */
        Redirect: string;
        /**
         * @description Changes with the answer.
         * @example "1--0"
         */
        ETag: string;
        /**
         * @description `true`: the stored answer of the first such request.
         * @example true
         */
        Replayed: string;
        /**
         * @description Since when (RFC 9745).
         * @example @1795564800
         */
        Deprecation: string;
        /**
         * @description Until when (RFC 8594).
         * @example Thu, 25 Nov 2027 00:00:00 GMT
         */
        Sunset: string;
        /**
         * @description What replaces it.
         * @example </api/v1/balance>; rel="successor-version"
         */
        Link: string;
    };
    pathItems: never;
}
export type AccountSettings = components['schemas']['AccountSettings'];
export type AccountState = components['schemas']['AccountState'];
export type AddedStep = components['schemas']['AddedStep'];
export type Adjustment = components['schemas']['Adjustment'];
export type AffiliateCodeShown = components['schemas']['AffiliateCodeShown'];
export type AffiliateShown = components['schemas']['AffiliateShown'];
export type AffiliateState = components['schemas']['AffiliateState'];
export type AgentRequest = components['schemas']['AgentRequest'];
export type AgentRequestPage = components['schemas']['AgentRequestPage'];
export type AgentSettings = components['schemas']['AgentSettings'];
export type AgentShown = components['schemas']['AgentShown'];
export type Alert = components['schemas']['Alert'];
export type AppliedAsAffiliate = components['schemas']['AppliedAsAffiliate'];
export type ApplyAsAffiliate = components['schemas']['ApplyAsAffiliate'];
export type Asset = components['schemas']['Asset'];
export type AssetMade = components['schemas']['AssetMade'];
export type AssetPage = components['schemas']['AssetPage'];
export type AssetSource = components['schemas']['AssetSource'];
export type AttemptState = components['schemas']['AttemptState'];
export type AudioGenerateInput = components['schemas']['AudioGenerateInput'];
export type AutoTopUp = components['schemas']['AutoTopUp'];
export type Availability = components['schemas']['Availability'];
export type BalanceShown = components['schemas']['BalanceShown'];
export type BillShown = components['schemas']['BillShown'];
export type Billing = components['schemas']['Billing'];
export type BillingDetailsShown = components['schemas']['BillingDetailsShown'];
export type BillingState = components['schemas']['BillingState'];
export type BindCode = components['schemas']['BindCode'];
export type BindingShown = components['schemas']['BindingShown'];
export type BoundCode = components['schemas']['BoundCode'];
export type Breakdown = components['schemas']['Breakdown'];
export type BrowserGoogle = components['schemas']['BrowserGoogle'];
export type BrowserState = components['schemas']['BrowserState'];
export type BrowserVerifyEmail = components['schemas']['BrowserVerifyEmail'];
export type Bucket = components['schemas']['Bucket'];
export type Budget = components['schemas']['Budget'];
export type BudgetSubject = components['schemas']['BudgetSubject'];
export type Budgets = components['schemas']['Budgets'];
export type CancelJob = components['schemas']['CancelJob'];
export type CancelRequest = components['schemas']['CancelRequest'];
export type Capacity = components['schemas']['Capacity'];
export type CaptureClick = components['schemas']['CaptureClick'];
export type CapturedClick = components['schemas']['CapturedClick'];
export type CardPage = components['schemas']['CardPage'];
export type ChangeAccountSettings = components['schemas']['ChangeAccountSettings'];
export type ChangeAffiliate = components['schemas']['ChangeAffiliate'];
export type ChangeAgent = components['schemas']['ChangeAgent'];
export type ChangeAsset = components['schemas']['ChangeAsset'];
export type ChangeBillingDetails = components['schemas']['ChangeBillingDetails'];
export type ChangeDefaults = components['schemas']['ChangeDefaults'];
export type ChangeFilm = components['schemas']['ChangeFilm'];
export type ChangeImageDefaults = components['schemas']['ChangeImageDefaults'];
export type ChangeKey = components['schemas']['ChangeKey'];
export type ChangeMember = components['schemas']['ChangeMember'];
export type ChangeOutputs = components['schemas']['ChangeOutputs'];
export type ChangeProject = components['schemas']['ChangeProject'];
export type ChangeSettings = components['schemas']['ChangeSettings'];
export type ChangeShare = components['schemas']['ChangeShare'];
export type ChangeThread = components['schemas']['ChangeThread'];
export type ChangeTopUp = components['schemas']['ChangeTopUp'];
export type ChangeVideoDefaults = components['schemas']['ChangeVideoDefaults'];
export type ChangedOutputs = components['schemas']['ChangedOutputs'];
export type Character = components['schemas']['Character'];
export type ChosenOutputs = components['schemas']['ChosenOutputs'];
export type Claim = components['schemas']['Claim'];
export type ClaimCard = components['schemas']['ClaimCard'];
export type ClaimCrypto = components['schemas']['ClaimCrypto'];
export type Claimed = components['schemas']['Claimed'];
export type Clip = components['schemas']['Clip'];
export type CloseAccount = components['schemas']['CloseAccount'];
export type ClosedAccount = components['schemas']['ClosedAccount'];
export type ClosingShown = components['schemas']['ClosingShown'];
export type CodeValidity = components['schemas']['CodeValidity'];
export type CommissionShown = components['schemas']['CommissionShown'];
export type CommissionState = components['schemas']['CommissionState'];
export type Commissions = components['schemas']['Commissions'];
export type ConnectedApp = components['schemas']['ConnectedApp'];
export type Consume = components['schemas']['Consume'];
export type Consumed = components['schemas']['Consumed'];
export type Continuity = components['schemas']['Continuity'];
export type Counts = components['schemas']['Counts'];
export type CreateFilm = components['schemas']['CreateFilm'];
export type CreateFilmThread = components['schemas']['CreateFilmThread'];
export type CreateKey = components['schemas']['CreateKey'];
export type CreateProject = components['schemas']['CreateProject'];
export type CreateShare = components['schemas']['CreateShare'];
export type CreateStoryboard = components['schemas']['CreateStoryboard'];
export type CreateText = components['schemas']['CreateText'];
export type CreateThread = components['schemas']['CreateThread'];
export type CreateUploadLink = components['schemas']['CreateUploadLink'];
export type CreatedBy = components['schemas']['CreatedBy'];
export type CreatedKey = components['schemas']['CreatedKey'];
export type CryptoCheckout = components['schemas']['CryptoCheckout'];
export type CryptoClaimed = components['schemas']['CryptoClaimed'];
export type CryptoMethod = components['schemas']['CryptoMethod'];
export type CurrentTeam = components['schemas']['CurrentTeam'];
export type CutClip = components['schemas']['CutClip'];
export type Dashboard = components['schemas']['Dashboard'];
export type DashboardDay = components['schemas']['DashboardDay'];
export type DecideLink = components['schemas']['DecideLink'];
export type Defaults = components['schemas']['Defaults'];
export type DeleteBudget = components['schemas']['DeleteBudget'];
export type DeletedOutputs = components['schemas']['DeletedOutputs'];
export type Delivery = components['schemas']['Delivery'];
export type DeliveryPage = components['schemas']['DeliveryPage'];
export type DeliveryTry = components['schemas']['DeliveryTry'];
export type DepositShown = components['schemas']['DepositShown'];
export type Dialogue = components['schemas']['Dialogue'];
export type DroppedStep = components['schemas']['DroppedStep'];
export type DryRun = components['schemas']['DryRun'];
export type EmailStarted = components['schemas']['EmailStarted'];
export type ExecutePlan = components['schemas']['ExecutePlan'];
export type Film = components['schemas']['Film'];
export type FilmClip = components['schemas']['FilmClip'];
export type FilmHead = components['schemas']['FilmHead'];
export type FilmOutput = components['schemas']['FilmOutput'];
export type FilmPage = components['schemas']['FilmPage'];
export type Health = components['schemas']['Health'];
export type HealthSkillVersion = components['schemas']['HealthSkillVersion'];
export type Identities = components['schemas']['Identities'];
export type IdentityShown = components['schemas']['IdentityShown'];
export type ImageDefaults = components['schemas']['ImageDefaults'];
export type ImageEditInput = components['schemas']['ImageEditInput'];
export type ImageGenerateInput = components['schemas']['ImageGenerateInput'];
export type ImageUpscaleInput = components['schemas']['ImageUpscaleInput'];
export type ImportStoryboard = components['schemas']['ImportStoryboard'];
export type InlineMedia = components['schemas']['InlineMedia'];
export type InputWarning = components['schemas']['InputWarning'];
export type InvitationId = components['schemas']['InvitationId'];
export type InvitationShown = components['schemas']['InvitationShown'];
export type InvitationToken = components['schemas']['InvitationToken'];
export type Invitations = components['schemas']['Invitations'];
export type InviteMember = components['schemas']['InviteMember'];
export type InvitedTo = components['schemas']['InvitedTo'];
export type InvoiceBuyer = components['schemas']['InvoiceBuyer'];
export type InvoiceDocument = components['schemas']['InvoiceDocument'];
export type InvoiceLine = components['schemas']['InvoiceLine'];
export type InvoiceSeller = components['schemas']['InvoiceSeller'];
export type InvoiceShown = components['schemas']['InvoiceShown'];
export type Invoices = components['schemas']['Invoices'];
export type Job = components['schemas']['Job'];
export type JobAttempt = components['schemas']['JobAttempt'];
export type JobCompleted = components['schemas']['JobCompleted'];
export type JobError = components['schemas']['JobError'];
export type JobOutput = components['schemas']['JobOutput'];
export type JobPage = components['schemas']['JobPage'];
export type JobParent = components['schemas']['JobParent'];
export type JobStarted = components['schemas']['JobStarted'];
export type JobState = components['schemas']['JobState'];
export type JobUrls = components['schemas']['JobUrls'];
export type KeepAsset = components['schemas']['KeepAsset'];
export type KeptOutputs = components['schemas']['KeptOutputs'];
export type Key = components['schemas']['Key'];
export type KeyShown = components['schemas']['KeyShown'];
export type Keys = components['schemas']['Keys'];
export type LineKind = components['schemas']['LineKind'];
export type LinkDecided = components['schemas']['LinkDecided'];
export type LinkIdentity = components['schemas']['LinkIdentity'];
export type LinkShown = components['schemas']['LinkShown'];
export type LinkState = components['schemas']['LinkState'];
export type LinkedKey = components['schemas']['LinkedKey'];
export type MarkdownShown = components['schemas']['MarkdownShown'];
export type Measures = components['schemas']['Measures'];
export type MediaOutput = components['schemas']['MediaOutput'];
export type MemberLimitsInput = components['schemas']['MemberLimits-Input'];
export type MemberLimitsOutput = components['schemas']['MemberLimits-Output'];
export type MemberLimitsShown = components['schemas']['MemberLimitsShown'];
export type MemberShown = components['schemas']['MemberShown'];
export type MemberSpending = components['schemas']['MemberSpending'];
export type MemberSpent = components['schemas']['MemberSpent'];
export type Message = components['schemas']['Message'];
export type MessageQuote = components['schemas']['MessageQuote'];
export type MessageSent = components['schemas']['MessageSent'];
export type Method = components['schemas']['Method'];
export type Methods = components['schemas']['Methods'];
export type Modes = components['schemas']['Modes'];
export type MoveShot = components['schemas']['MoveShot'];
export type Movement = components['schemas']['Movement'];
export type Movements = components['schemas']['Movements'];
export type NewShareShow = components['schemas']['NewShareShow'];
export type NodeTime = components['schemas']['NodeTime'];
export type NotKept = components['schemas']['NotKept'];
export type OffReason = components['schemas']['OffReason'];
export type OutputPage = components['schemas']['OutputPage'];
export type OutputRef = components['schemas']['OutputRef'];
export type OutputState = components['schemas']['OutputState'];
export type PackageList = components['schemas']['PackageList'];
export type PackageShown = components['schemas']['PackageShown'];
export type PaidBy = components['schemas']['PaidBy'];
export type Parent = components['schemas']['Parent'];
export type PatchShot = components['schemas']['PatchShot'];
export type PayoutRequestShown = components['schemas']['PayoutRequestShown'];
export type PayoutRequests = components['schemas']['PayoutRequests'];
export type PayoutShown = components['schemas']['PayoutShown'];
export type PayoutState = components['schemas']['PayoutState'];
export type Payouts = components['schemas']['Payouts'];
export type Phase = components['schemas']['Phase'];
export type Ping = components['schemas']['Ping'];
export type PingData = components['schemas']['PingData'];
export type Plan = components['schemas']['Plan'];
export type PlanHead = components['schemas']['PlanHead'];
export type PlanPage = components['schemas']['PlanPage'];
export type PlanSelection = components['schemas']['PlanSelection'];
export type PlanState = components['schemas']['PlanState'];
export type PlanStep = components['schemas']['PlanStep'];
export type PollLink = components['schemas']['PollLink'];
export type PrepareFilmRender = components['schemas']['PrepareFilmRender'];
export type PrepareMessage = components['schemas']['PrepareMessage'];
export type PreparePlan = components['schemas']['PreparePlan'];
export type PrepareRender = components['schemas']['PrepareRender'];
export type Preset = components['schemas']['Preset'];
export type Presets = components['schemas']['Presets'];
export type PriceCheck = components['schemas']['PriceCheck'];
export type PriceRule = components['schemas']['PriceRule'];
export type PriceShown = components['schemas']['PriceShown'];
export type Problem = components['schemas']['Problem'];
export type Progress = components['schemas']['Progress'];
export type Project = components['schemas']['Project'];
export type Prompt = components['schemas']['Prompt'];
export type Prompts = components['schemas']['Prompts'];
export type PurchaseByX402 = components['schemas']['PurchaseByX402'];
export type PurchaseShown = components['schemas']['PurchaseShown'];
export type Purchases = components['schemas']['Purchases'];
export type PutCharacter = components['schemas']['PutCharacter'];
export type PutScene = components['schemas']['PutScene'];
export type PutShot = components['schemas']['PutShot'];
export type Quota = components['schemas']['Quota'];
export type Quote = components['schemas']['Quote'];
export type QuoteItem = components['schemas']['QuoteItem'];
export type QuoteRequest = components['schemas']['QuoteRequest'];
export type ReadingWarning = components['schemas']['ReadingWarning'];
export type Receipt = components['schemas']['Receipt'];
export type ReceiptLine = components['schemas']['ReceiptLine'];
export type ReceiptRefund = components['schemas']['ReceiptRefund'];
export type Received = components['schemas']['Received'];
export type RedeemCode = components['schemas']['RedeemCode'];
export type RedeemedCode = components['schemas']['RedeemedCode'];
export type RedeliverWebhook = components['schemas']['RedeliverWebhook'];
export type RedemptionShown = components['schemas']['RedemptionShown'];
export type Redemptions = components['schemas']['Redemptions'];
export type RefundState = components['schemas']['RefundState'];
export type RejectPlan = components['schemas']['RejectPlan'];
export type Relation = components['schemas']['Relation'];
export type RemoveCharacter = components['schemas']['RemoveCharacter'];
export type RemoveScene = components['schemas']['RemoveScene'];
export type RemoveShot = components['schemas']['RemoveShot'];
export type RemovedMember = components['schemas']['RemovedMember'];
export type RequestBilling = components['schemas']['RequestBilling'];
export type RequestPayout = components['schemas']['RequestPayout'];
export type RequestState = components['schemas']['RequestState'];
export type RequestUrls = components['schemas']['RequestUrls'];
export type RequestUsage = components['schemas']['RequestUsage'];
export type RestoreOutputs = components['schemas']['RestoreOutputs'];
export type RevokeKey = components['schemas']['RevokeKey'];
export type RevokeSession = components['schemas']['RevokeSession'];
export type RevokeShare = components['schemas']['RevokeShare'];
export type RevokedKey = components['schemas']['RevokedKey'];
export type RotateKey = components['schemas']['RotateKey'];
export type RuleState = components['schemas']['RuleState'];
export type SaveCard = components['schemas']['SaveCard'];
export type SaveStoryboard = components['schemas']['SaveStoryboard'];
export type SaveText = components['schemas']['SaveText'];
export type SavedCardShown = components['schemas']['SavedCardShown'];
export type Scene = components['schemas']['Scene'];
export type SelectThread = components['schemas']['SelectThread'];
export type SendMessage = components['schemas']['SendMessage'];
export type SessionList = components['schemas']['SessionList'];
export type SessionShown = components['schemas']['SessionShown'];
export type Set = components['schemas']['Set'];
export type SetBudget = components['schemas']['SetBudget'];
export type Share = components['schemas']['Share'];
export type ShareKind = components['schemas']['ShareKind'];
export type SharePage = components['schemas']['SharePage'];
export type ShareShow = components['schemas']['ShareShow'];
export type ShareShowChange = components['schemas']['ShareShowChange'];
export type ShareState = components['schemas']['ShareState'];
export type Shot = components['schemas']['Shot'];
export type ShownRedemptionState = components['schemas']['ShownRedemptionState'];
export type SignInOffered = components['schemas']['SignInOffered'];
export type SignedIn = components['schemas']['SignedIn'];
export type SignedInWithKey = components['schemas']['SignedInWithKey'];
export type SignedOut = components['schemas']['SignedOut'];
export type SnapshotBalance = components['schemas']['SnapshotBalance'];
export type SpendPolicy = components['schemas']['SpendPolicy'];
export type SpendPolicyShown = components['schemas']['SpendPolicyShown'];
export type Spent = components['schemas']['Spent'];
export type StartCryptoCheckout = components['schemas']['StartCryptoCheckout'];
export type StartEmail = components['schemas']['StartEmail'];
export type StartLink = components['schemas']['StartLink'];
export type StartStripeCheckout = components['schemas']['StartStripeCheckout'];
export type StartedLink = components['schemas']['StartedLink'];
export type Statement = components['schemas']['Statement'];
export type StatementLine = components['schemas']['StatementLine'];
export type StatementPayment = components['schemas']['StatementPayment'];
export type StatementSummary = components['schemas']['StatementSummary'];
export type Statements = components['schemas']['Statements'];
export type StepError = components['schemas']['StepError'];
export type StepRequest = components['schemas']['StepRequest'];
export type StepState = components['schemas']['StepState'];
export type Storyboard = components['schemas']['Storyboard'];
export type StoryboardImported = components['schemas']['StoryboardImported'];
export type StoryboardShown = components['schemas']['StoryboardShown'];
export type StripeCheckout = components['schemas']['StripeCheckout'];
export type StudioLimits = components['schemas']['StudioLimits'];
export type StudioSettings = components['schemas']['StudioSettings'];
export type StudioSnapshot = components['schemas']['StudioSnapshot'];
export type SubmitJob = components['schemas']['SubmitJob'];
export type SubmitJobAudioGenerate = components['schemas']['SubmitJobAudioGenerate'];
export type SubmitJobImageEdit = components['schemas']['SubmitJobImageEdit'];
export type SubmitJobImageGenerate = components['schemas']['SubmitJobImageGenerate'];
export type SubmitJobImageUpscale = components['schemas']['SubmitJobImageUpscale'];
export type SubmitJobVideoCombine = components['schemas']['SubmitJobVideoCombine'];
export type SubmitJobVideoExtend = components['schemas']['SubmitJobVideoExtend'];
export type SubmitJobVideoGenerate = components['schemas']['SubmitJobVideoGenerate'];
export type SubmitJobVideoUpscale = components['schemas']['SubmitJobVideoUpscale'];
export type SwitchAccount = components['schemas']['SwitchAccount'];
export type TakeShown = components['schemas']['TakeShown'];
export type TakeState = components['schemas']['TakeState'];
export type TaskRequest = components['schemas']['TaskRequest'];
export type TaskRequestAudioGenerate = components['schemas']['TaskRequestAudioGenerate'];
export type TaskRequestImageEdit = components['schemas']['TaskRequestImageEdit'];
export type TaskRequestImageGenerate = components['schemas']['TaskRequestImageGenerate'];
export type TaskRequestImageUpscale = components['schemas']['TaskRequestImageUpscale'];
export type TaskRequestVideoCombine = components['schemas']['TaskRequestVideoCombine'];
export type TaskRequestVideoExtend = components['schemas']['TaskRequestVideoExtend'];
export type TaskRequestVideoGenerate = components['schemas']['TaskRequestVideoGenerate'];
export type TaskRequestVideoUpscale = components['schemas']['TaskRequestVideoUpscale'];
export type TaskShown = components['schemas']['TaskShown'];
export type Tasks = components['schemas']['Tasks'];
export type TaxShown = components['schemas']['TaxShown'];
export type Team = components['schemas']['Team'];
export type TeamAccounts = components['schemas']['TeamAccounts'];
export type TeamShown = components['schemas']['TeamShown'];
export type TestWebhook = components['schemas']['TestWebhook'];
export type TestedWebhook = components['schemas']['TestedWebhook'];
export type TextDocument = components['schemas']['TextDocument'];
export type Thread = components['schemas']['Thread'];
export type ThreadDetail = components['schemas']['ThreadDetail'];
export type TopUpList = components['schemas']['TopUpList'];
export type TopUpShown = components['schemas']['TopUpShown'];
export type TopUpState = components['schemas']['TopUpState'];
export type UnlinkIdentity = components['schemas']['UnlinkIdentity'];
export type UploadLink = components['schemas']['UploadLink'];
export type Upstream = components['schemas']['Upstream'];
export type UpstreamDevice = components['schemas']['UpstreamDevice'];
export type UpstreamModel = components['schemas']['UpstreamModel'];
export type UpstreamResult = components['schemas']['UpstreamResult'];
export type UpstreamTimings = components['schemas']['UpstreamTimings'];
export type UpstreamWorkflow = components['schemas']['UpstreamWorkflow'];
export type Usage = components['schemas']['Usage'];
export type UsageExport = components['schemas']['UsageExport'];
export type UsageExportLine = components['schemas']['UsageExportLine'];
export type UsageLine = components['schemas']['UsageLine'];
export type ValidateCode = components['schemas']['ValidateCode'];
export type VerifyEmail = components['schemas']['VerifyEmail'];
export type VerifyGoogle = components['schemas']['VerifyGoogle'];
export type Version = components['schemas']['Version'];
export type VersionPage = components['schemas']['VersionPage'];
export type VideoCombineInput = components['schemas']['VideoCombineInput'];
export type VideoDefaults = components['schemas']['VideoDefaults'];
export type VideoExtendInput = components['schemas']['VideoExtendInput'];
export type VideoGenerateInput = components['schemas']['VideoGenerateInput'];
export type VideoUpscaleInput = components['schemas']['VideoUpscaleInput'];
export type Webhook = components['schemas']['Webhook'];
export type WebhookCounters = components['schemas']['WebhookCounters'];
export type WebhookSettings = components['schemas']['WebhookSettings'];
export type WithdrawnInvitation = components['schemas']['WithdrawnInvitation'];
export type X402Method = components['schemas']['X402Method'];
export type X402Purchase = components['schemas']['X402Purchase'];
export type ResponseRateLimited = components['responses']['RateLimited'];
export type ResponseUnavailable = components['responses']['Unavailable'];
export type ResponseInvalidJson = components['responses']['InvalidJson'];
export type ResponsePayloadTooLarge = components['responses']['PayloadTooLarge'];
export type ResponseUnsupportedContentType = components['responses']['UnsupportedContentType'];
export type ResponseInvalidInput = components['responses']['InvalidInput'];
export type ResponseCodeInvalid = components['responses']['CodeInvalid'];
export type ResponseCodeExpired = components['responses']['CodeExpired'];
export type ResponseTokenInvalid = components['responses']['TokenInvalid'];
export type ResponseGoogleUnavailableOrUnavailable = components['responses']['GoogleUnavailableOrUnavailable'];
export type ResponseCrossSiteRefused = components['responses']['CrossSiteRefused'];
export type ResponseUnauthorized = components['responses']['Unauthorized'];
export type ResponseLiveModeDisabled = components['responses']['LiveModeDisabled'];
export type ResponseSessionList = components['responses']['SessionList'];
export type ResponseNotFound = components['responses']['NotFound'];
export type ResponseCrossSiteRefusedOrFreshSignInRequired = components['responses']['CrossSiteRefusedOrFreshSignInRequired'];
export type ResponseScopeDenied = components['responses']['ScopeDenied'];
export type ResponseRoleDenied = components['responses']['RoleDenied'];
export type ResponseCrossSiteRefusedOrFreshSignInRequiredOrRoleDenied = components['responses']['CrossSiteRefusedOrFreshSignInRequiredOrRoleDenied'];
export type ResponseIdempotencyKeyInvalidOrInvalidJson = components['responses']['IdempotencyKeyInvalidOrInvalidJson'];
export type ResponseCrossSiteRefusedOrFreshSignInRequiredOrRoleDeniedOrScopeDeniedOrScopeEscalation = components['responses']['CrossSiteRefusedOrFreshSignInRequiredOrRoleDeniedOrScopeDeniedOrScopeEscalation'];
export type ResponseCrossSiteRefusedOrRoleDeniedOrScopeDenied = components['responses']['CrossSiteRefusedOrRoleDeniedOrScopeDenied'];
export type ResponseCrossSiteRefusedOrRoleDenied = components['responses']['CrossSiteRefusedOrRoleDenied'];
export type ResponseTeamShown = components['responses']['TeamShown'];
export type ResponseRoleDeniedOrScopeDenied = components['responses']['RoleDeniedOrScopeDenied'];
export type ResponseInsufficientCreditsOrKeyLimitExceededOrMemberLimitExceeded = components['responses']['InsufficientCreditsOrKeyLimitExceededOrMemberLimitExceeded'];
export type ResponseIdempotencyConflict = components['responses']['IdempotencyConflict'];
export type ResponseNotModified = components['responses']['NotModified'];
export type ResponseIdempotencyConflictOrLiveModeDisabled = components['responses']['IdempotencyConflictOrLiveModeDisabled'];
export type ResponseInvalidInputOrUnknownPackage = components['responses']['InvalidInputOrUnknownPackage'];
export type ResponsePaymentProviderError = components['responses']['PaymentProviderError'];
export type ResponsePaymentMethodUnavailableOrUnavailable = components['responses']['PaymentMethodUnavailableOrUnavailable'];
export type ResponseAccountFrozenOrCrossSiteRefusedOrRoleDeniedOrScopeDenied = components['responses']['AccountFrozenOrCrossSiteRefusedOrRoleDeniedOrScopeDenied'];
export type ResponseInvalidJsonOrPaymentHeaderInvalid = components['responses']['InvalidJsonOrPaymentHeaderInvalid'];
export type ResponsePaymentInvalidOrPaymentRequiredOrSettlementFailed = components['responses']['PaymentInvalidOrPaymentRequiredOrSettlementFailed'];
export type ResponseAuthorizationAlreadyUsedOrLiveModeDisabledOrPaymentInProgressOrPaymentUsedByOtherAccount = components['responses']['AuthorizationAlreadyUsedOrLiveModeDisabledOrPaymentInProgressOrPaymentUsedByOtherAccount'];
export type ResponseCrossSiteRefusedOrFreshSignInRequiredOrRoleDeniedOrTopUpStopped = components['responses']['CrossSiteRefusedOrFreshSignInRequiredOrRoleDeniedOrTopUpStopped'];
export type ResponseBillingDetailsShown = components['responses']['BillingDetailsShown'];
export type ResponseWebhookSignatureInvalid = components['responses']['WebhookSignatureInvalid'];
export type ResponseNotReadyOrUnavailable = components['responses']['NotReadyOrUnavailable'];
export type ResponseAffiliateShown = components['responses']['AffiliateShown'];
export type ResponseNotAnAffiliate = components['responses']['NotAnAffiliate'];
export type ResponseNoPrice = components['responses']['NoPrice'];
export type ResponsePayloadTooLargeOrStorageQuotaExceeded = components['responses']['PayloadTooLargeOrStorageQuotaExceeded'];
export type ResponseConcurrencyLimitedOrRateLimited = components['responses']['ConcurrencyLimitedOrRateLimited'];
export type ResponseInsufficientCreditsOrKeyLimitExceededOrMemberLimitExceededOrPriceExceedsMax = components['responses']['InsufficientCreditsOrKeyLimitExceededOrMemberLimitExceededOrPriceExceedsMax'];
export type ResponseQuoteExpired = components['responses']['QuoteExpired'];
export type ResponseOutputDeleted = components['responses']['OutputDeleted'];
export type ResponseIdempotencyConflictOrNoPrice = components['responses']['IdempotencyConflictOrNoPrice'];
export type ResponseInvalidInputOrMissingDependencyOrUnknownStep = components['responses']['InvalidInputOrMissingDependencyOrUnknownStep'];
export type ResponseOk = components['responses']['OK'];
export type ResponseUnsupportedMedia = components['responses']['UnsupportedMedia'];
export type ResponseInvalidInputOrMediaUnreadable = components['responses']['InvalidInputOrMediaUnreadable'];
export type ResponseAccountFrozenOrApprovalRequiredOrRoleDeniedOrScopeDenied = components['responses']['AccountFrozenOrApprovalRequiredOrRoleDeniedOrScopeDenied'];
export type ResponseIdempotencyConflictOrProjectArchived = components['responses']['IdempotencyConflictOrProjectArchived'];
export type ResponseProjectArchived = components['responses']['ProjectArchived'];
export type ResponseAgentUnavailableOrUnavailable = components['responses']['AgentUnavailableOrUnavailable'];
export type ResponseVersionConflict = components['responses']['VersionConflict'];
export type ResponseIfMatchRequired = components['responses']['IfMatchRequired'];
export type ResponseInvalidInputOrStoryboardSyntax = components['responses']['InvalidInputOrStoryboardSyntax'];
export type ResponseContentRejectedOrInvalidInputOrMediaNotFoundOrShotIncomplete = components['responses']['ContentRejectedOrInvalidInputOrMediaNotFoundOrShotIncomplete'];
export type ParameterIdempotencyKey = components['parameters']['IdempotencyKey'];
export type ParameterPrefer = components['parameters']['Prefer'];
export type ParameterIfNoneMatch = components['parameters']['IfNoneMatch'];
export type ParameterIfMatch = components['parameters']['IfMatch'];
export type ParameterLimit = components['parameters']['Limit'];
export type ParameterLimit50 = components['parameters']['Limit50'];
export type ParameterInvoiceId = components['parameters']['InvoiceId'];
export type ParameterCursor = components['parameters']['Cursor'];
export type ParameterWaitSeconds = components['parameters']['WaitSeconds'];
export type ParameterSinceVersion = components['parameters']['SinceVersion'];
export type ParameterFrom = components['parameters']['From'];
export type ParameterKind = components['parameters']['Kind'];
export type ParameterTag = components['parameters']['Tag'];
export type ParameterArchived = components['parameters']['Archived'];
export type ParameterCursor2 = components['parameters']['Cursor2'];
export type ParameterVersion = components['parameters']['Version'];
export type ParameterAssetId = components['parameters']['AssetId'];
export type HeaderRequestId = components['headers']['RequestId'];
export type HeaderTraceId = components['headers']['TraceId'];
export type HeaderRetryAfter = components['headers']['RetryAfter'];
export type HeaderRateLimitPolicy = components['headers']['RateLimitPolicy'];
export type HeaderRateLimit = components['headers']['RateLimit'];
export type HeaderCreditsRemaining = components['headers']['CreditsRemaining'];
export type HeaderShouldRetry = components['headers']['ShouldRetry'];
export type HeaderLocation = components['headers']['Location'];
export type HeaderRedirect = components['headers']['Redirect'];
export type HeaderETag = components['headers']['ETag'];
export type HeaderReplayed = components['headers']['Replayed'];
export type HeaderDeprecation = components['headers']['Deprecation'];
export type HeaderSunset = components['headers']['Sunset'];
export type HeaderLink = components['headers']['Link'];
export type $defs = Record<string, never>;
export interface operations {
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The gateway's health, without names of its parts. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    startEmail: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StartEmail"];
            };
        };
        responses: {
            /** @description A code is on its way. */
            202: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EmailStarted"];
                };
            };
            400: components["responses"]["InvalidJson"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            /** @description `email_unavailable`: This gateway sends no mail. `unavailable`: The gateway cannot do this right now. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    verifyEmail: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VerifyEmail"];
            };
        };
        responses: {
            /** @description A sign-in and its key; `apiKey` is shown only once. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignedInWithKey"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["CodeInvalid"];
            /** @description `key_limit_reached`: This account has reached its limit of active keys. `live_mode_disabled`: This gateway does not accept real money yet. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            410: components["responses"]["CodeExpired"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    verifyGoogle: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VerifyGoogle"];
            };
        };
        responses: {
            /** @description A sign-in and its key; `apiKey` is shown only once. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignedInWithKey"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["TokenInvalid"];
            /** @description `key_limit_reached`: This account has reached its limit of active keys. `link_required`: This Google account's address is already in use here; Google is not authoritative for it. `live_mode_disabled`: This gateway does not accept real money yet. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["GoogleUnavailableOrUnavailable"];
        };
    };
    verifyEmailInBrowser: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BrowserVerifyEmail"];
            };
        };
        responses: {
            /** @description The sign-in, or the ways to sign in. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BrowserState"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["CodeInvalid"];
            403: components["responses"]["CrossSiteRefused"];
            410: components["responses"]["CodeExpired"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    verifyGoogleInBrowser: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BrowserGoogle"];
            };
        };
        responses: {
            /** @description The sign-in, or the ways to sign in. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BrowserState"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["TokenInvalid"];
            403: components["responses"]["CrossSiteRefused"];
            /** @description `link_required`: This Google account's address is already in use here; Google is not authoritative for it. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["GoogleUnavailableOrUnavailable"];
        };
    };
    getBrowserSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The sign-in, or the ways to sign in. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BrowserState"];
                };
            };
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    endBrowserSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No active sign-in. */
            204: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["CrossSiteRefused"];
            409: components["responses"]["LiveModeDisabled"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    listSessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["SessionList"];
            401: components["responses"]["Unauthorized"];
            409: components["responses"]["LiveModeDisabled"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    revokeSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RevokeSession"];
            };
        };
        responses: {
            200: components["responses"]["SessionList"];
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["CrossSiteRefused"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["LiveModeDisabled"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    listIdentities: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The ways to sign in to this account, the oldest first. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Identities"];
                };
            };
            401: components["responses"]["Unauthorized"];
            409: components["responses"]["LiveModeDisabled"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    linkIdentity: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LinkIdentity"];
            };
        };
        responses: {
            /** @description One way to sign in to this account. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IdentityShown"];
                };
            };
            400: components["responses"]["InvalidJson"];
            /** @description `code_invalid`: Wrong code. `token_invalid`: This Google token is not valid for this gateway. `unauthorized`: The API key is missing or not valid. */
            401: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: components["responses"]["CrossSiteRefusedOrFreshSignInRequired"];
            /** @description `identity_taken`: This identity belongs to another account. `live_mode_disabled`: This gateway does not accept real money yet. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            410: components["responses"]["CodeExpired"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["GoogleUnavailableOrUnavailable"];
        };
    };
    unlinkIdentity: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UnlinkIdentity"];
            };
        };
        responses: {
            /** @description The ways to sign in to this account, the oldest first. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Identities"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["CrossSiteRefusedOrFreshSignInRequired"];
            404: components["responses"]["NotFound"];
            /** @description `last_identity`: An account must keep at least one identity. `live_mode_disabled`: This gateway does not accept real money yet. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    getAccountSettings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The account's settings in this mode. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountSettings"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["ScopeDenied"];
            409: components["responses"]["LiveModeDisabled"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    changeAccountSettings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ChangeAccountSettings"];
            };
        };
        responses: {
            /** @description The account's settings in this mode. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountSettings"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["CrossSiteRefusedOrFreshSignInRequired"];
            409: components["responses"]["LiveModeDisabled"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    getAccountClosing: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The effects of closing the account. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClosingShown"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDenied"];
            409: components["responses"]["LiveModeDisabled"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    closeAccount: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CloseAccount"];
            };
        };
        responses: {
            /** @description An account that is closed for good. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClosedAccount"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["CrossSiteRefusedOrFreshSignInRequiredOrRoleDenied"];
            /** @description `account_in_use`: This account cannot be closed yet. `credit_left`: The account still has credit that closing it would forfeit. `live_mode_disabled`: This gateway does not accept real money yet. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    listKeys: {
        parameters: {
            query?: {
                /**
                 * @description `nextCursor` of the previous page.
                 * @example key_01M89G5B202JFVZQ3RQN49EHB6
                 */
                cursor?: string;
                /**
                 * @description Maximum number to return in a page.
                 * @example 2
                 */
                limit?: components["parameters"]["Limit50"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of keys, newest first; connected apps come after all keys. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Keys"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["ScopeDenied"];
            409: components["responses"]["LiveModeDisabled"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    createKey: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description One key per intended operation. Send the SAME key when you retry. `Idempotency-Key` is an alias.
                 * @example fox-astronaut-1
                 */
                "X-Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateKey"];
            };
        };
        responses: {
            /** @description A new API key; `apiKey` is shown this one time. */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "Idempotency-Replayed": components["headers"]["Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedKey"];
                };
            };
            400: components["responses"]["IdempotencyKeyInvalidOrInvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["CrossSiteRefusedOrFreshSignInRequiredOrRoleDeniedOrScopeDeniedOrScopeEscalation"];
            /** @description `idempotency_conflict`: This idempotency key was used for a different request. `key_limit_reached`: This account has reached its limit of active keys. `live_mode_disabled`: This gateway does not accept real money yet. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    changeKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangeKey"];
            };
        };
        responses: {
            /** @description An API key without its secret; or a connected app, which has tokens in place of a key. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["CrossSiteRefusedOrFreshSignInRequiredOrRoleDeniedOrScopeDeniedOrScopeEscalation"];
            404: components["responses"]["NotFound"];
            /** @description `app_connected`: A connected app has no key to rotate, no expiry to set, and cannot have this scope. `key_revoked`: This key is revoked or expired. `live_mode_disabled`: This gateway does not accept real money yet. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    revokeKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RevokeKey"];
            };
        };
        responses: {
            /** @description A key that was revoked. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RevokedKey"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["CrossSiteRefusedOrRoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            /** @description `ambiguous_key_prefix`: Several keys start with this prefix. `live_mode_disabled`: This gateway does not accept real money yet. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    rotateKey: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description One key per intended operation. Send the SAME key when you retry. `Idempotency-Key` is an alias.
                 * @example fox-astronaut-1
                 */
                "X-Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RotateKey"];
            };
        };
        responses: {
            /** @description A new API key; `apiKey` is shown this one time. */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "Idempotency-Replayed": components["headers"]["Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedKey"];
                };
            };
            400: components["responses"]["IdempotencyKeyInvalidOrInvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["CrossSiteRefusedOrFreshSignInRequiredOrRoleDeniedOrScopeDeniedOrScopeEscalation"];
            404: components["responses"]["NotFound"];
            /** @description `app_connected`: A connected app has no key to rotate, no expiry to set, and cannot have this scope. `idempotency_conflict`: This idempotency key was used for a different request. `key_limit_reached`: This account has reached its limit of active keys. `key_revoked`: This key is revoked or expired. `live_mode_disabled`: This gateway does not accept real money yet. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    listMembers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The people of the account that this browser works in; the owner comes first. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Team"];
                };
            };
            401: components["responses"]["Unauthorized"];
            409: components["responses"]["LiveModeDisabled"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    removeMember: {
        parameters: {
            query: {
                /**
                 * @description The member, by id.
                 * @example mbr_01MAQ3QGWGF9KR78VC2J3GZ764
                 */
                memberId: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A person who is no member any more, and what ended with the membership. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RemovedMember"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["CrossSiteRefused"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["LiveModeDisabled"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    changeMember: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangeMember"];
            };
        };
        responses: {
            /** @description The people of the account that this browser works in; the owner comes first. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Team"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            /** @description `cross_site_refused`: This request did not come from a page of this site. `fresh_sign_in_required`: This requires a sign-in within the last 10 minutes. `own_membership`: Nobody can change their own role or limits. `role_denied`: Your role in this team does not allow this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: components["responses"]["NotFound"];
            409: components["responses"]["LiveModeDisabled"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    listInvitations: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The open invitations of the team, newest first; expired ones can be sent again. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invitations"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDenied"];
            409: components["responses"]["LiveModeDisabled"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    inviteMember: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InviteMember"];
            };
        };
        responses: {
            /** @description An open invitation; its link is in the mail only. */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitationShown"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["CrossSiteRefusedOrFreshSignInRequiredOrRoleDenied"];
            /** @description `already_member`: This person is in the team already. `live_mode_disabled`: This gateway does not accept real money yet. `team_full`: This team has reached its limit of members and open invitations. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    withdrawInvitation: {
        parameters: {
            query: {
                /**
                 * @description The invitation, by id.
                 * @example ivt_01MAQ3QQQ88HNC8QXJ9SBXW8MB
                 */
                invitationId: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An invitation whose link no longer works. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WithdrawnInvitation"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["CrossSiteRefusedOrRoleDenied"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["LiveModeDisabled"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    resendInvitation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InvitationId"];
            };
        };
        responses: {
            /** @description An open invitation; its link is in the mail only. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitationShown"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["CrossSiteRefusedOrRoleDenied"];
            404: components["responses"]["NotFound"];
            /** @description `live_mode_disabled`: This gateway does not accept real money yet. `team_full`: This team has reached its limit of members and open invitations. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    readInvitation: {
        parameters: {
            query: {
                /**
                 * @description The token of the link.
                 * @example yIvu-bIRH6d5cJpCmVT9Z11P76esJhk9cpsDTSTRsXs
                 */
                token: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The invitation of a link, as the invited person sees it. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitedTo"];
                };
            };
            401: components["responses"]["Unauthorized"];
            /** @description `invitation_for_other`: This invitation was sent to another address than those of this account. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invitation_ended`: This invitation was used, withdrawn or replaced, or its seven days are over. `live_mode_disabled`: This gateway does not accept real money yet. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    acceptInvitation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InvitationToken"];
            };
        };
        responses: {
            200: components["responses"]["TeamShown"];
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            /** @description `cross_site_refused`: This request did not come from a page of this site. `invitation_for_other`: This invitation was sent to another address than those of this account. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `already_member`: This person is in the team already. `invitation_ended`: This invitation was used, withdrawn or replaced, or its seven days are over. `live_mode_disabled`: This gateway does not accept real money yet. `team_full`: This team has reached its limit of members and open invitations. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    listTeamAccounts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The accounts that a person may work in: their own first. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TeamAccounts"];
                };
            };
            401: components["responses"]["Unauthorized"];
            409: components["responses"]["LiveModeDisabled"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    switchAccount: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SwitchAccount"];
            };
        };
        responses: {
            200: components["responses"]["TeamShown"];
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["CrossSiteRefused"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["LiveModeDisabled"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    startDeviceLink: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StartLink"];
            };
        };
        responses: {
            /** @description The codes of a link: show `userCode` to the person, poll with `deviceCode`. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StartedLink"];
                };
            };
            400: components["responses"]["InvalidJson"];
            409: components["responses"]["LiveModeDisabled"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    getDeviceLink: {
        parameters: {
            query: {
                /**
                 * @description The code shown on the device; case, spaces and hyphens are ignored.
                 * @example MSKF-FVBF
                 */
                userCode: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A device's request for a key; check it before you approve. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LinkShown"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDenied"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["LiveModeDisabled"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    approveDeviceLink: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DecideLink"];
            };
        };
        responses: {
            /** @description The state of a device link. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LinkDecided"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["CrossSiteRefusedOrFreshSignInRequiredOrRoleDenied"];
            404: components["responses"]["NotFound"];
            /** @description `already_decided`: This device has already been approved or denied. `live_mode_disabled`: This gateway does not accept real money yet. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `expired_token`: The time to approve this device has expired. */
            410: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    pollDeviceLink: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PollLink"];
            };
        };
        responses: {
            /** @description The key of a device, shown this one time. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LinkedKey"];
                };
            };
            /** @description `access_denied`: The person denied this device. `authorization_pending`: Nobody has approved this device yet. `expired_token`: This device code is unknown, used or expired. `invalid_json`: The body is not valid JSON. `slow_down`: The device polls too often. */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `key_limit_reached`: This account has reached its limit of active keys. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    getBalance: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The balance of this account and mode: balance = available + held. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BalanceShown"];
                };
            };
            401: components["responses"]["Unauthorized"];
            409: components["responses"]["LiveModeDisabled"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    getBalanceHistory: {
        parameters: {
            query?: {
                /**
                 * @description `nextCursor` of the previous page.
                 * @example 50
                 */
                cursor?: number;
                /**
                 * @description Maximum number of movements to return.
                 * @example 3
                 */
                limit?: number;
                /**
                 * @description Only movements at or after this time.
                 * @example 2026-11-25T00:00:00Z
                 */
                from?: string;
                /**
                 * @description Only movements before this time.
                 * @example 2026-11-26T00:00:00Z
                 */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of movements, newest first. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Movements"];
                    /**
                     * @example at,transferId,code,phase,reference,amountUsd,balanceAfterUsd,description
                     *     2026-11-25T14:04:45Z,trf_01M89GBV28E1SGX17W1B4PKYZ7,consume,single,req_01M89GBV28A15DGN7GRE7TWJEB,-0.05,464.814264,one page of captions
                     *     2026-11-25T14:04:27Z,trf_01M89GB9FR5XG2MK0NZ0ZA6XS8,hold,void,req_01M89GB8GGDY14RC9BEEGSR3VB,0.25,464.864264,
                     *     2026-11-25T14:04:26Z,trf_01M89GB8GGF68HQ7JYFGP5GH92,hold,pending,req_01M89GB8GGDY14RC9BEEGSR3VB,-0.25,464.614264,
                     */
                    "text/csv": string;
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            409: components["responses"]["LiveModeDisabled"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    getCreditsBalance: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The balance of this account and mode: balance = available + held. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    Deprecation: components["headers"]["Deprecation"];
                    Sunset: components["headers"]["Sunset"];
                    Link: components["headers"]["Link"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BalanceShown"];
                };
            };
            401: components["responses"]["Unauthorized"];
            409: components["responses"]["LiveModeDisabled"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    consumeCredits: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description One key per intended operation. Send the SAME key when you retry. `Idempotency-Key` is an alias.
                 * @example fox-astronaut-1
                 */
                "X-Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Consume"];
            };
        };
        responses: {
            /** @description Credit that was spent; `balance` is what is available after it. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    Deprecation: components["headers"]["Deprecation"];
                    Sunset: components["headers"]["Sunset"];
                    Link: components["headers"]["Link"];
                    "Idempotency-Replayed": components["headers"]["Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Consumed"];
                };
            };
            /** @description `idempotency_key_invalid`: The idempotency key is not valid. `idempotency_key_required`: This operation needs an idempotency key. `invalid_json`: The body is not valid JSON. */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            402: components["responses"]["InsufficientCreditsOrKeyLimitExceededOrMemberLimitExceeded"];
            /** @description `account_frozen`: Spending from this account is frozen. `role_denied`: Your role in this team does not allow this. `scope_denied`: The API key lacks the scope that this operation needs. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            409: components["responses"]["IdempotencyConflict"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    listPackages: {
        parameters: {
            query?: {
                /**
                 * @description Real or play money; default: live if it is enabled, else test.
                 * @example test
                 */
                mode?: "live" | "test";
            };
            header?: {
                /**
                 * @description The `ETag` of the answer you have: 304 without a body if it is current.
                 * @example "3-a-13c64ce51327b35cd1c8b32931985211"
                 */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The packages for sale, and how to pay for them. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PackageList"];
                };
            };
            304: components["responses"]["NotModified"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    startStripeCheckout: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description One key per intended operation. Send the SAME key when you retry. `Idempotency-Key` is an alias.
                 * @example fox-astronaut-1
                 */
                "X-Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StartStripeCheckout"];
            };
        };
        responses: {
            /** @description An open checkout: send the person to `checkoutUrl`. */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "Idempotency-Replayed": components["headers"]["Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StripeCheckout"];
                };
            };
            400: components["responses"]["IdempotencyKeyInvalidOrInvalidJson"];
            401: components["responses"]["Unauthorized"];
            /** @description `account_frozen`: Spending from this account is frozen. `cross_site_refused`: This request did not come from a page of this site. `role_denied`: Your role in this team does not allow this. `scope_denied`: The API key lacks the scope that this operation needs. `session_required`: Only a signed-in person can decide where money goes. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            409: components["responses"]["IdempotencyConflictOrLiveModeDisabled"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInputOrUnknownPackage"];
            429: components["responses"]["RateLimited"];
            502: components["responses"]["PaymentProviderError"];
            503: components["responses"]["PaymentMethodUnavailableOrUnavailable"];
        };
    };
    claimStripe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Claim"];
            };
        };
        responses: {
            /** @description The state of a checkout. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Claimed"];
                };
            };
            /** @description The state of a checkout. */
            202: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Claimed"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            /** @description `cross_site_refused`: This request did not come from a page of this site. `fresh_sign_in_required`: This requires a sign-in within the last 10 minutes. `role_denied`: Your role in this team does not allow this. `scope_denied`: The API key lacks the scope that this operation needs. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: components["responses"]["NotFound"];
            409: components["responses"]["LiveModeDisabled"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            502: components["responses"]["PaymentProviderError"];
            503: components["responses"]["PaymentMethodUnavailableOrUnavailable"];
        };
    };
    getCryptoCheckout: {
        parameters: {
            query: {
                /**
                 * @description The checkout.
                 * @example chk_01M89G6SY0TS7QZV89GG9WJAR8
                 */
                checkoutId: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /**
             * @description An open checkout: send `amount` of the asset to `address` before `expiresAt`.
             *
             *     If `checkoutUrl` is set, the person pays on that page instead, and `address` is null.
             */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CryptoCheckout"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["LiveModeDisabled"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            502: components["responses"]["PaymentProviderError"];
            503: components["responses"]["PaymentMethodUnavailableOrUnavailable"];
        };
    };
    startCryptoCheckout: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description One key per intended operation. Send the SAME key when you retry. `Idempotency-Key` is an alias.
                 * @example fox-astronaut-1
                 */
                "X-Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StartCryptoCheckout"];
            };
        };
        responses: {
            /**
             * @description An open checkout: send `amount` of the asset to `address` before `expiresAt`.
             *
             *     If `checkoutUrl` is set, the person pays on that page instead, and `address` is null.
             */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "Idempotency-Replayed": components["headers"]["Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CryptoCheckout"];
                };
            };
            400: components["responses"]["IdempotencyKeyInvalidOrInvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["AccountFrozenOrCrossSiteRefusedOrRoleDeniedOrScopeDenied"];
            409: components["responses"]["IdempotencyConflictOrLiveModeDisabled"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInputOrUnknownPackage"];
            429: components["responses"]["RateLimited"];
            502: components["responses"]["PaymentProviderError"];
            503: components["responses"]["PaymentMethodUnavailableOrUnavailable"];
        };
    };
    claimCrypto: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ClaimCrypto"];
            };
        };
        responses: {
            /** @description The state of a checkout. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CryptoClaimed"];
                };
            };
            /** @description The state of a checkout. */
            202: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CryptoClaimed"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["CrossSiteRefusedOrRoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["LiveModeDisabled"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            502: components["responses"]["PaymentProviderError"];
            503: components["responses"]["PaymentMethodUnavailableOrUnavailable"];
        };
    };
    purchaseX402: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PurchaseByX402"];
            };
        };
        responses: {
            /** @description A payment by x402. While `pending` it may still go through: ask again, do not pay again. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["X402Purchase"];
                };
            };
            /** @description A payment by x402. While `pending` it may still go through: ask again, do not pay again. */
            202: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["X402Purchase"];
                };
            };
            400: components["responses"]["InvalidJsonOrPaymentHeaderInvalid"];
            401: components["responses"]["Unauthorized"];
            402: components["responses"]["PaymentInvalidOrPaymentRequiredOrSettlementFailed"];
            403: components["responses"]["AccountFrozenOrCrossSiteRefusedOrRoleDeniedOrScopeDenied"];
            409: components["responses"]["AuthorizationAlreadyUsedOrLiveModeDisabledOrPaymentInProgressOrPaymentUsedByOtherAccount"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInputOrUnknownPackage"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["PaymentMethodUnavailableOrUnavailable"];
        };
    };
    depositX402: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PurchaseByX402"];
            };
        };
        responses: {
            /** @description A payment by x402. While `pending` it may still go through: ask again, do not pay again. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    Deprecation: components["headers"]["Deprecation"];
                    Sunset: components["headers"]["Sunset"];
                    Link: components["headers"]["Link"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["X402Purchase"];
                };
            };
            /** @description A payment by x402. While `pending` it may still go through: ask again, do not pay again. */
            202: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    Deprecation: components["headers"]["Deprecation"];
                    Sunset: components["headers"]["Sunset"];
                    Link: components["headers"]["Link"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["X402Purchase"];
                };
            };
            400: components["responses"]["InvalidJsonOrPaymentHeaderInvalid"];
            401: components["responses"]["Unauthorized"];
            402: components["responses"]["PaymentInvalidOrPaymentRequiredOrSettlementFailed"];
            403: components["responses"]["AccountFrozenOrCrossSiteRefusedOrRoleDeniedOrScopeDenied"];
            409: components["responses"]["AuthorizationAlreadyUsedOrLiveModeDisabledOrPaymentInProgressOrPaymentUsedByOtherAccount"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInputOrUnknownPackage"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["PaymentMethodUnavailableOrUnavailable"];
        };
    };
    redeemCode: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RedeemCode"];
            };
        };
        responses: {
            /** @description The redemption of a code. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RedeemedCode"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["CrossSiteRefusedOrRoleDeniedOrScopeDenied"];
            /** @description `code_not_redeemable`: This code cannot be redeemed: it is unknown, has ended, is used up, or of the other mode. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `code_already_redeemed`: Another account of yours has redeemed this code. `first_purchase_code_waiting`: Another code waits for the first purchase of this account already. `first_purchase_only`: This code is for the first purchase, and this account has bought credit before. `live_mode_disabled`: This gateway does not accept real money yet. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    listRedeemedCodes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The codes that this account redeemed, newest first. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Redemptions"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            409: components["responses"]["LiveModeDisabled"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    getAutoTopUp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Auto top-up of this account in this mode; the terms are null if it was never set up. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AutoTopUp"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            409: components["responses"]["LiveModeDisabled"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    changeAutoTopUp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangeTopUp"];
            };
        };
        responses: {
            /** @description Auto top-up of this account in this mode; the terms are null if it was never set up. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AutoTopUp"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["CrossSiteRefusedOrFreshSignInRequiredOrRoleDeniedOrTopUpStopped"];
            /** @description `card_not_saved`: No card is saved for this account in this mode. `live_mode_disabled`: This gateway does not accept real money yet. `top_up_currency_in_use`: This month's top-ups were charged in another currency. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInputOrUnknownPackage"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["PaymentMethodUnavailableOrUnavailable"];
        };
    };
    endAutoTopUp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Auto top-up of this account in this mode; the terms are null if it was never set up. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AutoTopUp"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["CrossSiteRefusedOrRoleDenied"];
            409: components["responses"]["LiveModeDisabled"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    startSavingCard: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SaveCard"];
            };
        };
        responses: {
            /** @description A page of Stripe that saves a card: send the person to `url`. It charges nothing. */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CardPage"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["CrossSiteRefusedOrFreshSignInRequiredOrRoleDeniedOrTopUpStopped"];
            /** @description `live_mode_disabled`: This gateway does not accept real money yet. `top_up_currency_in_use`: This month's top-ups were charged in another currency. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInputOrUnknownPackage"];
            429: components["responses"]["RateLimited"];
            502: components["responses"]["PaymentProviderError"];
            503: components["responses"]["PaymentMethodUnavailableOrUnavailable"];
        };
    };
    claimSavedCard: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ClaimCard"];
            };
        };
        responses: {
            /** @description Auto top-up of this account in this mode; the terms are null if it was never set up. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AutoTopUp"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["CrossSiteRefusedOrRoleDenied"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["LiveModeDisabled"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            502: components["responses"]["PaymentProviderError"];
            503: components["responses"]["PaymentMethodUnavailableOrUnavailable"];
        };
    };
    listTopUps: {
        parameters: {
            query?: {
                /**
                 * @description `nextCursor` of the previous page.
                 * @example chk_01MAQAM7CGFF00K4Y2CK4EFR0Z
                 */
                cursor?: string;
                /**
                 * @description Maximum number to return in a page.
                 * @example 2
                 */
                limit?: components["parameters"]["Limit"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of top-ups, newest first. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TopUpList"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            409: components["responses"]["LiveModeDisabled"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    listPurchases: {
        parameters: {
            query?: {
                /**
                 * @description `nextCursor` of the previous page.
                 * @example pur_01M89G6ZSGH9GNGE1E20ZRCPB7
                 */
                cursor?: string;
                /**
                 * @description Maximum number to return in a page.
                 * @example 2
                 */
                limit?: components["parameters"]["Limit"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of purchases. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Purchases"];
                    /**
                     * @example createdAt,id,receiptNumber,provider,packageCode,currency,list,discount,net,tax,total,refunded,taxName,taxPercent,reverseCharge,country,taxId,buyerName,promotionCode,priceUsd,taxUsd,creditUsd,bonusUsd,refundedUsd
                     *     2026-11-25T14:02:10Z,pur_01M89G72Q8KBEQ4WRH1SQCN4HF,KT-2026-000007,x402,pocket_100,usd,1.00,0.00,1.00,0.00,1.00,0.00,,,false,,,,,1.00,0.00,1.00,0.00,0.00
                     *     2026-11-25T14:02:07Z,pur_01M89G6ZSGH9GNGE1E20ZRCPB7,KT-2026-000006,x402,pocket_100,usd,1.00,0.00,1.00,0.00,1.00,0.00,,,false,,,,,1.00,0.00,1.00,0.00,0.00
                     *     2026-11-25T14:02:02Z,pur_01M89G6VWGM1P7TRSFAZT8H7F5,KT-2026-000005,onchain,studio_2500,usd,25.00,0.00,25.00,0.00,25.00,0.00,,,false,,,,,25.00,0.00,25.00,1.00,0.00
                     *     2026-11-25T14:01:59Z,pur_01M89G6RYRKJE65N2A48E22M5J,KT-2026-000004,stripe,scale_10000,usd,100.00,0.00,100.00,0.00,100.00,0.00,,,false,,,,,100.00,0.00,100.00,8.00,0.00
                     *     2026-11-25T14:01:57Z,pur_01M89G6Q0852WK7PSEX42FPDDQ,KT-2026-000003,stripe,scale_10000,usd,100.00,0.00,100.00,0.00,100.00,0.00,,,false,,,,,100.00,0.00,100.00,8.00,0.00
                     *     2026-11-25T14:01:55Z,pur_01M89G6N1R5M3FXDPTSQW2ZWW1,KT-2026-000002,stripe,scale_10000,usd,100.00,0.00,100.00,0.00,100.00,0.00,,,false,,,,,100.00,0.00,100.00,8.00,0.00
                     *     2026-11-25T14:01:50Z,pur_01M89G6G5GHQ1QB6Z1DV6ZMG9J,KT-2026-000001,stripe,scale_10000,usd,100.00,0.00,100.00,0.00,100.00,0.00,,,false,,,,,100.00,0.00,100.00,8.00,0.00
                     */
                    "text/csv": string;
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            409: components["responses"]["LiveModeDisabled"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    getReceipt: {
        parameters: {
            query: {
                /**
                 * @description The purchase.
                 * @example pur_01M89G6ZSGH9GNGE1E20ZRCPB7
                 */
                purchaseId: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A receipt. `note` is set if it is for play money. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Receipt"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["LiveModeDisabled"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    getBillingDetails: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["BillingDetailsShown"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            409: components["responses"]["LiveModeDisabled"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    changeBillingDetails: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ChangeBillingDetails"];
            };
        };
        responses: {
            200: components["responses"]["BillingDetailsShown"];
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["CrossSiteRefusedOrRoleDenied"];
            409: components["responses"]["LiveModeDisabled"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    listInvoices: {
        parameters: {
            query?: {
                /**
                 * @description Only those of this purchase.
                 * @example pur_01M89G72Q8KBEQ4WRH1SQCN4HF
                 */
                purchaseId?: string;
                /**
                 * @description `nextCursor` of the previous page.
                 * @example inv_01M89G70RRTEMX5P07ZP4MHBRE
                 */
                cursor?: string;
                /**
                 * @description Maximum number to return in a page.
                 * @example 2
                 */
                limit?: components["parameters"]["Limit"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of invoices and credit notes. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invoices"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            409: components["responses"]["LiveModeDisabled"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    getInvoice: {
        parameters: {
            query: {
                /**
                 * @description The invoice or credit note.
                 * @example inv_01M89G73PGS0XRGJX9EZVE5A6D
                 */
                invoiceId: components["parameters"]["InvoiceId"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An invoice or a credit note with all that it says, as it was when it was issued. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvoiceDocument"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["LiveModeDisabled"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    getInvoicePdf: {
        parameters: {
            query: {
                /**
                 * @description The invoice or credit note.
                 * @example inv_01M89G73PGS0XRGJX9EZVE5A6D
                 */
                invoiceId: components["parameters"]["InvoiceId"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The document as a PDF file of one or more A4 pages, the same bytes each time. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/pdf": string;
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["LiveModeDisabled"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    takeStripeEvent: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The event was processed; do not send it again. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Received"];
                };
            };
            400: components["responses"]["WebhookSignatureInvalid"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["NotReadyOrUnavailable"];
        };
    };
    takeCryptoEvent: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The event was processed; do not send it again. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Received"];
                };
            };
            400: components["responses"]["WebhookSignatureInvalid"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["NotReadyOrUnavailable"];
        };
    };
    followAffiliateLink: {
        parameters: {
            query: {
                /**
                 * @description A referral code.
                 * @example ANN-10
                 */
                code: string;
                /**
                 * @description A page of this site from a fixed list; otherwise the home page.
                 * @example /api-docs
                 */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A redirect to the site, with the cookie `kt_ref` if the code is active. */
            302: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    Location: components["headers"]["Redirect"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    validateAffiliateCode: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ValidateCode"];
            };
        };
        responses: {
            /** @description A referral code, and if it is active. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CodeValidity"];
                };
            };
            400: components["responses"]["InvalidJson"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    captureAffiliate: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CaptureClick"];
            };
        };
        responses: {
            /** @description A recorded click; the code of a visitor's first click counts. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CapturedClick"];
                };
            };
            400: components["responses"]["InvalidJson"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    applyAsAffiliate: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description One key per intended operation. Send the SAME key when you retry. `Idempotency-Key` is an alias.
                 * @example fox-astronaut-1
                 */
                "X-Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ApplyAsAffiliate"];
            };
        };
        responses: {
            /** @description An application that the operator decides. */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "Idempotency-Replayed": components["headers"]["Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AppliedAsAffiliate"];
                };
            };
            400: components["responses"]["IdempotencyKeyInvalidOrInvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["CrossSiteRefusedOrRoleDeniedOrScopeDenied"];
            /** @description `already_applied`: This account has already applied. `code_taken`: This code is taken or reserved. `idempotency_conflict`: This idempotency key was used for a different request. `live_mode_disabled`: This gateway does not accept real money yet. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    getAffiliate: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["AffiliateShown"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotAnAffiliate"];
            409: components["responses"]["LiveModeDisabled"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    updateAffiliate: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ChangeAffiliate"];
            };
        };
        responses: {
            200: components["responses"]["AffiliateShown"];
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            /** @description `cross_site_refused`: This request did not come from a page of this site. `role_denied`: Your role in this team does not allow this. `scope_denied`: The API key lacks the scope that this operation needs. `session_required`: Only a signed-in person can decide where money goes. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: components["responses"]["NotAnAffiliate"];
            /** @description `code_changed_recently`: A code can be changed once every 30 days. `code_taken`: This code is taken or reserved. `live_mode_disabled`: This gateway does not accept real money yet. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            /** @description `invalid_input`: A value is out of range, or a field is unknown. `payout_destination_invalid`: The payout destination is missing, or does not fit its method. */
            422: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    getAffiliateCode: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A code and its link. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AffiliateCodeShown"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotAnAffiliate"];
            409: components["responses"]["LiveModeDisabled"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    getAffiliateDashboard: {
        parameters: {
            query?: {
                /**
                 * @description UTC days, including today.
                 * @example 2
                 */
                days?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /**
             * @description Clicks and people within the days; money of all time, as the ledger has it.
             *
             *     All commission ever made is pending, on hold, approved, paid or reversed.
             */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Dashboard"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotAnAffiliate"];
            409: components["responses"]["LiveModeDisabled"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    listCommissions: {
        parameters: {
            query?: {
                /**
                 * @description Its state.
                 * @example approved
                 */
                state?: components["schemas"]["CommissionState"];
                /**
                 * @description `nextCursor` of the previous page.
                 * @example com_01M89G73PGZ7N6PB9M6HA1EZEB
                 */
                cursor?: string;
                /**
                 * @description Maximum number to return in a page.
                 * @example 2
                 */
                limit?: components["parameters"]["Limit"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of commissions. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Commissions"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotAnAffiliate"];
            409: components["responses"]["LiveModeDisabled"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    listPayouts: {
        parameters: {
            query?: {
                /**
                 * @description `nextCursor` of the previous page.
                 * @example pay_01MAQ05BJ835WJ5E3MFYK5FEFM
                 */
                cursor?: components["parameters"]["Cursor"];
                /**
                 * @description Maximum number to return in a page.
                 * @example 2
                 */
                limit?: components["parameters"]["Limit"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of payouts. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Payouts"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotAnAffiliate"];
            409: components["responses"]["LiveModeDisabled"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    listPayoutRequests: {
        parameters: {
            query?: {
                /**
                 * @description `nextCursor` of the previous page.
                 * @example pay_01MAQ05BJ835WJ5E3MFYK5FEFM
                 */
                cursor?: components["parameters"]["Cursor"];
                /**
                 * @description Maximum number to return in a page.
                 * @example 2
                 */
                limit?: components["parameters"]["Limit"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of payout requests. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PayoutRequests"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotAnAffiliate"];
            409: components["responses"]["LiveModeDisabled"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    requestPayout: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description One key per intended operation. Send the SAME key when you retry. `Idempotency-Key` is an alias.
                 * @example fox-astronaut-1
                 */
                "X-Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RequestPayout"];
            };
        };
        responses: {
            /** @description A payout request and its state. */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "Idempotency-Replayed": components["headers"]["Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PayoutRequestShown"];
                };
            };
            400: components["responses"]["IdempotencyKeyInvalidOrInvalidJson"];
            401: components["responses"]["Unauthorized"];
            /** @description `affiliate_not_approved`: This affiliate is not (or no longer) approved. `cross_site_refused`: This request did not come from a page of this site. `payouts_blocked`: The payout destination is new: payouts are blocked for three days. `role_denied`: Your role in this team does not allow this. `scope_denied`: The API key lacks the scope that this operation needs. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: components["responses"]["NotAnAffiliate"];
            /** @description `idempotency_conflict`: This idempotency key was used for a different request. `insufficient_commission`: Not enough commission is available. `live_mode_disabled`: This gateway does not accept real money yet. `payout_already_open`: A payout request is already open. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            /** @description `below_minimum`: The minimum payout is $25. `invalid_input`: A value is out of range, or a field is unknown. `payout_destination_invalid`: The payout destination is missing, or does not fit its method. */
            422: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    getBoundCode: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The account's referral code; without one, the time until which it can be bound. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BindingShown"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            409: components["responses"]["LiveModeDisabled"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    bindAffiliateCode: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description One key per intended operation. Send the SAME key when you retry. `Idempotency-Key` is an alias.
                 * @example fox-astronaut-1
                 */
                "X-Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BindCode"];
            };
        };
        responses: {
            /** @description The code that counts for this account from now on. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "Idempotency-Replayed": components["headers"]["Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BoundCode"];
                };
            };
            400: components["responses"]["IdempotencyKeyInvalidOrInvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["CrossSiteRefusedOrRoleDenied"];
            /** @description `code_not_found`: There is no such code, or it is not active. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `already_bound`: This account is already bound to a referral code. `binding_window_closed`: A code can be bound only within 14 days of sign-up and before the first purchase. `idempotency_conflict`: This idempotency key was used for a different request. `live_mode_disabled`: This gateway does not accept real money yet. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            /** @description `invalid_input`: A value is out of range, or a field is unknown. `self_referral`: You cannot refer yourself. */
            422: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    listTasks: {
        parameters: {
            query?: {
                /**
                 * @description Only this task.
                 * @example image.generate
                 */
                task?: "image.generate" | "image.edit" | "image.upscale" | "video.generate" | "video.extend" | "video.upscale" | "video.combine" | "audio.generate";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The media tasks of this gateway. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tasks"];
                };
            };
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    quoteJobs: {
        parameters: {
            query?: {
                /**
                 * @description 1: price only; nothing is stored.
                 * @example true
                 */
                dryRun?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QuoteRequest"];
            };
        };
        responses: {
            /** @description Exact prices for 15 minutes; nothing is held. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Quote"] | components["schemas"]["PriceCheck"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            409: components["responses"]["NoPrice"];
            413: components["responses"]["PayloadTooLargeOrStorageQuotaExceeded"];
            415: components["responses"]["UnsupportedContentType"];
            /** @description `adjustment_required`: The input would be adjusted, and `strict` forbids it. `content_rejected`: The request violates the content rules of this gateway. `invalid_input`: A value is out of range, or a field is unknown. `media_not_found`: The asset or output does not exist, has expired, or is not yours. `unknown_task`: There is no such task. */
            422: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["ConcurrencyLimitedOrRateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    getJob: {
        parameters: {
            query?: {
                /**
                 * @description The job to read; default: a page of jobs.
                 * @example job_01M89G7DF00AG47GMNAPJMS0AA
                 */
                jobId?: string;
                /**
                 * @description 1: add input, attempts, upstream.
                 * @example true
                 */
                includeDetails?: boolean;
                /**
                 * @description Wait this long for the end, or a version above sinceVersion.
                 * @example 1
                 */
                waitSeconds?: components["parameters"]["WaitSeconds"];
                /**
                 * @description The version you already have.
                 * @example 1
                 */
                sinceVersion?: components["parameters"]["SinceVersion"];
                /**
                 * @description Only jobs with this status.
                 * @example succeeded
                 */
                status?: components["schemas"]["JobState"];
                /**
                 * @description Only jobs of this task.
                 * @example image.generate
                 */
                task?: string;
                /**
                 * @description Only jobs of this project.
                 * @example proj_01M89G79J0Y3036PFFB78N97JV
                 */
                projectId?: string;
                /**
                 * @description Microseconds since 1970.
                 * @example 1795615200000000
                 */
                createdAfter?: number;
                /**
                 * @description Microseconds since 1970.
                 * @example 1795701600000000
                 */
                createdBefore?: number;
                /**
                 * @description Maximum number to return in a page.
                 * @example 2
                 */
                limit?: components["parameters"]["Limit"];
                /**
                 * @description `nextCursor` of the previous page.
                 * @example job_01M89G7HC0S6KA4FR8Q3T8GWVJ
                 */
                cursor?: string;
            };
            header?: {
                /**
                 * @description The `ETag` of the answer you have: 304 without a body if it is current.
                 * @example "3-a-13c64ce51327b35cd1c8b32931985211"
                 */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A media job. A submit shows its input too, `includeDetails=1` also attempts and engine. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    ETag: components["headers"]["ETag"];
                    "X-Trace-Id": components["headers"]["TraceId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"] | components["schemas"]["JobPage"];
                };
            };
            304: components["responses"]["NotModified"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["ScopeDenied"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    submitJob: {
        parameters: {
            query?: {
                /**
                 * @description 1: check and price only; nothing is stored.
                 * @example true
                 */
                dryRun?: boolean;
            };
            header?: {
                /**
                 * @description One key per intended operation. Send the SAME key when you retry. `Idempotency-Key` is an alias.
                 * @example fox-astronaut-1
                 */
                "X-Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /**
                 * @description `wait=N`: answer 200 with the job if it ends within N seconds (0 to 60). Anything else is ignored.
                 * @example wait=1
                 */
                Prefer?: components["parameters"]["Prefer"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SubmitJob"];
            };
        };
        responses: {
            /** @description The finished job, or the dry run. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "Idempotency-Replayed": components["headers"]["Replayed"];
                    "X-Trace-Id": components["headers"]["TraceId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"] | components["schemas"]["DryRun"];
                };
            };
            /** @description A media job. A submit shows its input too, `includeDetails=1` also attempts and engine. */
            202: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "Idempotency-Replayed": components["headers"]["Replayed"];
                    "X-Trace-Id": components["headers"]["TraceId"];
                    Location: components["headers"]["Location"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            400: components["responses"]["IdempotencyKeyInvalidOrInvalidJson"];
            401: components["responses"]["Unauthorized"];
            402: components["responses"]["InsufficientCreditsOrKeyLimitExceededOrMemberLimitExceededOrPriceExceedsMax"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            /** @description `idempotency_conflict`: This idempotency key was used for a different request. `no_price`: Nothing has a price here now: the operator withdrew the price table. `price_changed`: The operator withdrew the price of this plan or quote. `quote_mismatch`: The quote has no unused item with this task and input. `quote_used`: This item of the quote has already been run. `source_not_ready`: The source job has not succeeded yet. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            410: components["responses"]["QuoteExpired"];
            413: components["responses"]["PayloadTooLargeOrStorageQuotaExceeded"];
            415: components["responses"]["UnsupportedContentType"];
            /** @description `adjustment_required`: The input would be adjusted, and `strict` forbids it. `content_rejected`: The request violates the content rules of this gateway. `invalid_input`: A value is out of range, or a field is unknown. `media_not_found`: The asset or output does not exist, has expired, or is not yours. `unknown_task`: There is no such task. `webhook_url_refused`: The webhook URL cannot be used. */
            422: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["RateLimited"];
            /** @description `no_capacity`: No node able to run this task has been seen for 10 minutes. `queue_full`: The gateway's queue is full. `unavailable`: The gateway cannot do this right now. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    watchJob: {
        parameters: {
            query?: {
                /**
                 * @description A job of this account; default: all open jobs.
                 * @example job_01M89G7FDG5JE33KPSM96HVRE9
                 */
                jobId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A media job. A submit shows its input too, `includeDetails=1` also attempts and engine. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example retry: 2000
                     *
                     *     event: done
                     *     id: 3
                     *     data: {"id":"job_01M89G7FDG5JE33KPSM96HVRE9","jobId":"job_01M89G7FDG5JE33KPSM96HVRE9","externalJobId":"job_01M89G7FDG5JE33KPSM96HVRE9","task":"image.generate","status":"succeeded","livemode":false,"version":3,"createdAt":"2026-11-25T14:02:22Z","startedAt":"2026-11-25T14:02:26Z","finishedAt":"2026-11-25T14:02:26Z","queuePosition":null,"pollAfterSeconds":null,"attempt":1,"progress":null,"outputs":[{"index":0,"kind":"image","state":"available","url":"https://example.com/files/outputs/job_01M89G7FDG5JE33KPSM96HVRE9/0/job_01M89G7FDG5JE33KPSM96HVRE9-0.png?exp=1795788146&kid=1&sig=dc968997b2904bcdb46f90378701f86fb09b17274579e9d75601cdaaecd0a5fb","posterUrl":"https://example.com/files/outputs/job_01M89G7FDG5JE33KPSM96HVRE9/0/poster.webp?exp=1795788146&kid=1&sig=2f23fe61002ddf2eb8b73a421501d0c170735418f617bac812f9fb0ee64a6531","previewUrls":{"256":"https://example.com/files/outputs/job_01M89G7FDG5JE33KPSM96HVRE9/0/preview-256.webp?exp=1795788146&kid=1&sig=495403e8ee8fcca49dd1ade53706edec30b737f3f7d1b5ab864ffd433ea15c52","512":"https://example.com/files/outputs/job_01M89G7FDG5JE33KPSM96HVRE9/0/preview-512.webp?exp=1795788146&kid=1&sig=88333d8b4761a8ec9743c95c7818334ad4c6449836d6511c53e631b7aeecf2bc","1024":"https://example.com/files/outputs/job_01M89G7FDG5JE33KPSM96HVRE9/0/preview-1024.webp?exp=1795788146&kid=1&sig=7e225d62d6858167e1276dc172e7588c351351d70d833859a3f6572df8628c16"},"previewClipUrl":null,"placeholder":"data:image/webp;base64,UklGRkYAAABXRUJQVlA4IDoAAAAwAwCdASoYABgAP/3+/3+/uzuyKA1T8D+JYwDN/BBi7ceAAPCKcF3R3AmpqyvcN65bIsI2Fz1P6AAA","mimeType":"image/png","width":1024,"height":1024,"frames":null,"fps":null,"durationSeconds":null,"hasAudio":null,"bytes":239684,"sha256":"69c22fc3fff827ca5a110af2a5eceb90aaaf04ebb7208bf3e5eceb3ed5308232","assetId":"ast_01M89G7KAGP0P7SV1M2TFNSSNA","expiresAt":"2026-11-27T14:02:26Z"}],"downloadableOutputUrls":["https://example.com/files/outputs/job_01M89G7FDG5JE33KPSM96HVRE9/0/job_01M89G7FDG5JE33KPSM96HVRE9-0.png?exp=1795788146&kid=1&sig=dc968997b2904bcdb46f90378701f86fb09b17274579e9d75601cdaaecd0a5fb"],"outputsExpireAt":"2026-11-27T14:02:26Z","endReason":null,"error":null,"metadata":{"scene":"opening"},"projectId":"proj_01M89G79J0Y3036PFFB78N97JV","parent":null,"presetIds":[],"billing":{"state":"captured","currency":"USD","priceUsd":"0.02","priceMicrousd":20000,"chargedUsd":"0.02","chargedMicrousd":20000,"priceVersion":"1","breakdown":{"unit":"image","quantity":"1","unitPriceUsd":"0.02","unitPriceMicrousd":20000}},"urls":{"get":"/api/v1/media/jobs?jobId=job_01M89G7FDG5JE33KPSM96HVRE9","events":"/api/v1/media/jobs/events?jobId=job_01M89G7FDG5JE33KPSM96HVRE9","cancel":"/api/v1/media/jobs/cancel"}}
                     */
                    "text/event-stream": unknown;
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["ScopeDenied"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["ConcurrencyLimitedOrRateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    cancelJob: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CancelJob"];
            };
        };
        responses: {
            /** @description A media job. A submit shows its input too, `includeDetails=1` also attempts and engine. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Trace-Id": components["headers"]["TraceId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            /** @description `job_finished`: The job has already ended. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    listOutputs: {
        parameters: {
            query?: {
                /**
                 * @description Only results with all these words in prompt or name.
                 * @example golden fox
                 */
                q?: string;
                /**
                 * @description Only results of this kind.
                 * @example image
                 */
                kind?: "image" | "audio" | "video";
                /**
                 * @description Only results of this task.
                 * @example image.generate
                 */
                task?: string;
                /**
                 * @description 1: only those with a star; 0: without one.
                 * @example false
                 */
                starred?: boolean;
                /**
                 * @description Only results filed under this project or kept in it.
                 * @example proj_01M89G79J0Y3036PFFB78N97JV
                 */
                projectId?: string;
                /**
                 * @description Only those that are not kept and end before this time, in ISO 8601.
                 * @example 2026-11-28T00:00:00Z
                 */
                endsBefore?: string;
                /**
                 * @description Only results of this job.
                 * @example job_01M89G7FDG5JE33KPSM96HVRE9
                 */
                jobId?: string;
                /**
                 * @description Only this result of `jobId`; 404 if there is none.
                 * @example 0
                 */
                outputIndex?: number;
                /**
                 * @description Only results made from an output of this job.
                 * @example job_01M89G7FDG5JE33KPSM96HVRE9
                 */
                parentJobId?: string;
                /**
                 * @description Only those made from this output of `parentJobId`.
                 * @example 0
                 */
                parentIndex?: number;
                /**
                 * @description Newest first, or the same list from its end.
                 * @example oldest
                 */
                order?: "newest" | "oldest";
                /**
                 * @description Maximum number of results in a page.
                 * @example 1
                 */
                limit?: number;
                /**
                 * @description `nextCursor` of the previous page, or a `jobId`, a slash and an `outputIndex`, to begin behind that result.
                 * @example job_01M89G86VGJMPZ6B206JSDQSRN/0
                 */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of results: newest job first, and the outputs of a job in their order. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OutputPage"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["ScopeDenied"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    updateOutputs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangeOutputs"];
            };
        };
        responses: {
            /** @description The results as they are now, in the order in which they were sent. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangedOutputs"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    deleteOutputs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChosenOutputs"];
            };
        };
        responses: {
            /** @description The deleted results, and the moment that names this deletion. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeletedOutputs"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    restoreOutputs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RestoreOutputs"];
            };
        };
        responses: {
            /** @description The results as they are now, in the order in which they were sent. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangedOutputs"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            410: components["responses"]["OutputDeleted"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    listPrompts: {
        parameters: {
            query?: {
                /**
                 * @description Maximum number to return in a page.
                 * @example 2
                 */
                limit?: components["parameters"]["Limit50"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Different prompts, newest first. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Prompts"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["ScopeDenied"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    listPresets: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The presets of this gateway. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Presets"];
                };
            };
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    getUsage: {
        parameters: {
            query?: {
                /**
                 * @description The property to group by.
                 * @example task
                 */
                groupBy?: "day" | "task" | "key" | "project" | "member";
                /**
                 * @description First UTC day (default: 30 days up to `to`).
                 * @example 2026-11-25
                 */
                from?: components["parameters"]["From"];
                /**
                 * @description Last UTC day, inclusive (default: today); at most 92 days.
                 * @example 2026-11-25
                 */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The account's usage, by the UTC day on which jobs ended and were charged. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Usage"];
                    /**
                     * @example task,jobs,succeeded,chargedUsd,chargedMicrousd
                     *     image.generate,3,1,0.02,20000
                     *     video.generate,1,1,0.02,20000
                     */
                    "text/csv": string;
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["ScopeDenied"];
            409: components["responses"]["LiveModeDisabled"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    exportUsage: {
        parameters: {
            query?: {
                /**
                 * @description Comma-separated properties to group by: day, key, member, project, task.
                 * @example day,key,task
                 */
                groupBy?: string;
                /**
                 * @description First UTC day (default: 30 days up to `to`).
                 * @example 2026-11-25
                 */
                from?: components["parameters"]["From"];
                /**
                 * @description Last UTC day, inclusive (default: today); at most 366 days.
                 * @example 2026-11-26
                 */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The charges of these days; to the micro-dollar those of the ledger. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageExport"];
                    /**
                     * @example day,keyId,keyLabel,task,charges,chargedUsd,chargedMicrousd
                     *     2026-11-25,key_01M89G3DH84R16E990PEDVKTCW,my agent,agent,1,0.005736,5736
                     *     2026-11-25,key_01M89G3DH84R16E990PEDVKTCW,my agent,api,1,0.05,50000
                     *     2026-11-25,key_01M89G3DH84R16E990PEDVKTCW,my agent,image.edit,1,0.03,30000
                     *     2026-11-25,key_01M89G3DH84R16E990PEDVKTCW,my agent,image.generate,3,0.08,80000
                     *     2026-11-25,key_01M89G3DH84R16E990PEDVKTCW,my agent,video.generate,1,0.02,20000
                     */
                    "text/csv": string;
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["ScopeDenied"];
            409: components["responses"]["LiveModeDisabled"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["ConcurrencyLimitedOrRateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    listStatements: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The statements of the account in this mode: the current month, then those before. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Statements"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            409: components["responses"]["LiveModeDisabled"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    getStatement: {
        parameters: {
            query: {
                /**
                 * @description The UTC month.
                 * @example 2026-11
                 */
                month: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /**
             * @description The statement of one month: opening balance + lines = closing balance, exactly.
             *
             *     The balance is all credit, also what open jobs hold.
             */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Statement"];
                    /**
                     * @example kind,detail,movements,amountUsd,amountMicrousd
                     *     opening_balance,2026-11,,0.00,0
                     *     purchases,,7,427.00,427000000
                     *     bonuses,,5,33.00,33000000
                     *     promotions,gift,1,5.00,5000000
                     *     spending,agent,1,-0.005736,-5736
                     *     spending,api,1,-0.05,-50000
                     *     spending,image.edit,1,-0.03,-30000
                     *     spending,image.generate,3,-0.08,-80000
                     *     spending,video.generate,1,-0.02,-20000
                     *     closing_balance,2026-11,,464.814264,464814264
                     */
                    "text/csv": string;
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["LiveModeDisabled"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    listBudgets: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The budgets of the account in this mode. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Budgets"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            409: components["responses"]["LiveModeDisabled"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    setBudget: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SetBudget"];
            };
        };
        responses: {
            /** @description A budget, and what was spent of it in the current UTC month. It alerts, and stops nothing. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Budget"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["CrossSiteRefusedOrRoleDenied"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["LiveModeDisabled"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    deleteBudget: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DeleteBudget"];
            };
        };
        responses: {
            /** @description The budgets of the account in this mode. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Budgets"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["CrossSiteRefusedOrRoleDenied"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["LiveModeDisabled"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    preparePlan: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description One key per intended operation. Send the SAME key when you retry. `Idempotency-Key` is an alias.
                 * @example fox-astronaut-1
                 */
                "X-Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PreparePlan"];
            };
        };
        responses: {
            /** @description A plan: frozen steps, exact prices, one hash. */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "Idempotency-Replayed": components["headers"]["Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            400: components["responses"]["IdempotencyKeyInvalidOrInvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["IdempotencyConflictOrNoPrice"];
            413: components["responses"]["PayloadTooLargeOrStorageQuotaExceeded"];
            415: components["responses"]["UnsupportedContentType"];
            /** @description `adjustment_required`: The input would be adjusted, and `strict` forbids it. `content_rejected`: The request violates the content rules of this gateway. `dependency_cycle`: The step dependencies form a cycle. `invalid_input`: A value is out of range, or a field is unknown. `media_not_found`: The asset or output does not exist, has expired, or is not yours. `unknown_operation`: This is not an operation a step can run. `unknown_step`: The plan has no such step. */
            422: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["ConcurrencyLimitedOrRateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    getPlans: {
        parameters: {
            query?: {
                /**
                 * @description The plan; default: a page of plans.
                 * @example plan_01M89GA3D0QN36TRPB9QR2X6GN
                 */
                planId?: string;
                /**
                 * @description Instead of planId: a job it created.
                 * @example job_01M89GA98G37T1HGQDE0SK7ENH
                 */
                jobId?: string;
                /**
                 * @description Comma-separated steps; selected, balanceAfter, consent then cover only these.
                 * @example step_01M89GA3D0PND28BB9V8KSWPZE
                 */
                stepIds?: string;
                /**
                 * @description Make `stepIds` a selection that can run: steps that need others are left out, and `selection` gives the reasons. It may then be empty.
                 * @example true
                 */
                closure?: boolean;
                /**
                 * @description Of `stepIds`, those to bring along what they need; with `closure`.
                 * @example step_01M89GA3D0FXJVP9YA83A7JDRY
                 */
                checkedStepIds?: string;
                /**
                 * @description Wait this long for its end, or a version above sinceVersion.
                 * @example 1
                 */
                waitSeconds?: number;
                /**
                 * @description The version you already have.
                 * @example 1
                 */
                sinceVersion?: components["parameters"]["SinceVersion"];
                /**
                 * @description Only plans in this state.
                 * @example pending
                 */
                state?: components["schemas"]["PlanState"];
                /**
                 * @description Only plans of this project.
                 * @example proj_01M89G79J0Y3036PFFB78N97JV
                 */
                projectId?: string;
                /**
                 * @description Maximum number to return in a page.
                 * @example 2
                 */
                limit?: components["parameters"]["Limit"];
                /**
                 * @description `nextCursor` of the previous page.
                 * @example plan_01M89GAH2GPX7G65NA88DMXMPV
                 */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A plan: frozen steps, exact prices, one hash. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"] | components["schemas"]["PlanPage"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["ScopeDenied"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["LiveModeDisabled"];
            422: components["responses"]["InvalidInputOrMissingDependencyOrUnknownStep"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    getPlanMedia: {
        parameters: {
            query: {
                /**
                 * @description The plan.
                 * @example plan_01M89GAD5G1BSJ4XQ351C0TACC
                 */
                planId: string;
                /**
                 * @description Of an image or video.
                 * @example 70d1cb950ee90fc8518cc8a8aa3821b7acaa0bf8a6ffdc284dd7146fabbb5474
                 */
                sha256: string;
                /**
                 * @description Number of frames of a video, on one sheet.
                 * @example 1
                 */
                frames?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["OK"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["ScopeDenied"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["LiveModeDisabled"];
            415: components["responses"]["UnsupportedMedia"];
            422: components["responses"]["InvalidInputOrMediaUnreadable"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    executePlan: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ExecutePlan"];
            };
        };
        responses: {
            /** @description A plan: frozen steps, exact prices, one hash. */
            202: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            402: components["responses"]["InsufficientCreditsOrKeyLimitExceededOrMemberLimitExceededOrPriceExceedsMax"];
            403: components["responses"]["AccountFrozenOrApprovalRequiredOrRoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            /** @description `no_price`: Nothing has a price here now: the operator withdrew the price table. `plan_already_executed`: The plan was executed with different steps. `plan_hash_mismatch`: `planHash` is not the hash of this plan. `plan_rejected`: The plan was rejected. `plan_stale`: Something the plan was made from has changed. `price_changed`: The operator withdrew the price of this plan or quote. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `plan_expired`: The plan expired: it was not executed within 15 minutes. */
            410: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInputOrMissingDependencyOrUnknownStep"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    rejectPlan: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RejectPlan"];
            };
        };
        responses: {
            /** @description A plan: frozen steps, exact prices, one hash. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            /** @description `plan_already_executed`: The plan was executed with different steps. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    getWebhooks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Webhook secrets of this account and mode; the previous one signs until its end. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookSettings"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    rotateWebhookSecret: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Webhook secrets of this account and mode; the previous one signs until its end. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookSettings"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    listWebhookDeliveries: {
        parameters: {
            query?: {
                /**
                 * @description Only deliveries for this job.
                 * @example job_01M89G7FDG5JE33KPSM96HVRE9
                 */
                jobId?: string;
                /**
                 * @description Only deliveries with this status.
                 * @example delivered
                 */
                status?: "pending" | "delivered" | "stopped" | "failed";
                /**
                 * @description Maximum number to return in a page.
                 * @example 2
                 */
                limit?: components["parameters"]["Limit"];
                /**
                 * @description `nextCursor` of the previous page.
                 * @example whd_01M89G7KAGGN64QXMNXTVR7Z40
                 */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of deliveries, newest first. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryPage"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    redeliverWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RedeliverWebhook"];
            };
        };
        responses: {
            /** @description One message to a receiver; `stopped` is by a 410, `failed` is after the last retry. */
            202: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivery"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    testWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TestWebhook"];
            };
        };
        responses: {
            /** @description The result of the ping; without `error` it was accepted. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TestedWebhook"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            /** @description `invalid_input`: A value is out of range, or a field is unknown. `webhook_url_refused`: The webhook URL cannot be used. */
            422: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    getSnapshot: {
        parameters: {
            query?: {
                /**
                 * @description Default: the selected project.
                 * @example proj_01M89G79J0Y3036PFFB78N97JV
                 */
                projectId?: string;
                /**
                 * @description Default: the selected thread.
                 * @example thr_01M89GB0PGWXXHS7F54MXN8J3F
                 */
                threadId?: string;
            };
            header?: {
                /**
                 * @description The `ETag` of the answer you have: 304 without a body if it is current.
                 * @example "3-a-13c64ce51327b35cd1c8b32931985211"
                 */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /**
             * @description All a page or an agent needs to begin; the lists hold the newest, the messages newest last.
             *
             *     `revision` rises with every change in the studio, every job and every movement of money.
             */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StudioSnapshot"];
                };
            };
            304: components["responses"]["NotModified"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["ScopeDenied"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    createProject: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description One key per intended operation. Send the SAME key when you retry. `Idempotency-Key` is an alias.
                 * @example fox-astronaut-1
                 */
                "X-Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateProject"];
            };
        };
        responses: {
            /** @description A project: threads, assets and the jobs filed under it. */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "Idempotency-Replayed": components["headers"]["Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Project"];
                };
            };
            400: components["responses"]["IdempotencyKeyInvalidOrInvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            409: components["responses"]["IdempotencyConflict"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    updateProject: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangeProject"];
            };
        };
        responses: {
            /** @description A project: threads, assets and the jobs filed under it. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Project"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    listAssets: {
        parameters: {
            query: {
                /**
                 * @description A project of this account.
                 * @example proj_01M89G79J0Y3036PFFB78N97JV
                 */
                projectId: string;
                /**
                 * @description Only assets of this kind.
                 * @example image
                 */
                kind?: components["parameters"]["Kind"];
                /**
                 * @description Only assets with this tag.
                 * @example hero
                 */
                tag?: components["parameters"]["Tag"];
                /**
                 * @description 1: archived assets instead.
                 * @example false
                 */
                archived?: components["parameters"]["Archived"];
                /**
                 * @description Maximum number to return in a page.
                 * @example 2
                 */
                limit?: components["parameters"]["Limit50"];
                /**
                 * @description `nextCursor` of the previous page.
                 * @example ast_01M89G8NG8E76PMQWTBSBBV071
                 */
                cursor?: components["parameters"]["Cursor2"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of assets, newest first. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssetPage"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["ScopeDenied"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    listAllAssets: {
        parameters: {
            query?: {
                /**
                 * @description Only assets with all these words in name or tags.
                 * @example fox
                 */
                q?: string;
                /**
                 * @description Only assets of this kind.
                 * @example image
                 */
                kind?: components["parameters"]["Kind"];
                /**
                 * @description Only assets with this tag.
                 * @example hero
                 */
                tag?: components["parameters"]["Tag"];
                /**
                 * @description 1: only those with a rating; 0: without one.
                 * @example true
                 */
                starred?: boolean;
                /**
                 * @description Only assets of this project.
                 * @example proj_01M89G79J0Y3036PFFB78N97JV
                 */
                projectId?: string;
                /**
                 * @description 1: archived assets instead.
                 * @example false
                 */
                archived?: components["parameters"]["Archived"];
                /**
                 * @description Maximum number to return in a page.
                 * @example 2
                 */
                limit?: components["parameters"]["Limit50"];
                /**
                 * @description `nextCursor` of the previous page.
                 * @example ast_01M89G8NG8E76PMQWTBSBBV071
                 */
                cursor?: components["parameters"]["Cursor2"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of assets, newest first. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssetPage"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["ScopeDenied"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    uploadAsset: {
        parameters: {
            query: {
                /**
                 * @description A project of this account; default: the one called Inbox.
                 * @example proj_01M89G79J0Y3036PFFB78N97JV
                 */
                projectId?: string;
                /**
                 * @description A label; for text its kind: .md or .txt. The bytes decide other types.
                 * @example fox.png
                 */
                filename: string;
                /**
                 * @description From an upload link; replaces the key.
                 * @example upl_01M89G8KHRGZ372945H1CX16BX.1.3ddcbbdace0b524684030bab90053e0f700e3be1bb3286f2b109e133b2713fef
                 */
                uploadToken?: string;
            };
            header?: {
                /**
                 * @description One key per intended operation. Send the SAME key when you retry. `Idempotency-Key` is an alias.
                 * @example fox-astronaut-1
                 */
                "X-Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": string;
            };
        };
        responses: {
            /** @description An asset that was kept; `deduplicated`: it was there before. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "Idempotency-Replayed": components["headers"]["Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssetMade"];
                };
            };
            /** @description An asset that was kept; `deduplicated`: it was there before. */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "Idempotency-Replayed": components["headers"]["Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssetMade"];
                };
            };
            /** @description `idempotency_key_invalid`: The idempotency key is not valid. */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["IdempotencyConflictOrProjectArchived"];
            /** @description `upload_link_ended`: This upload link has been used, or its 15 minutes have passed. */
            410: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLargeOrStorageQuotaExceeded"];
            415: components["responses"]["UnsupportedMedia"];
            422: components["responses"]["InvalidInputOrMediaUnreadable"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    createUploadLink: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description One key per intended operation. Send the SAME key when you retry. `Idempotency-Key` is an alias.
                 * @example fox-astronaut-1
                 */
                "X-Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateUploadLink"];
            };
        };
        responses: {
            /** @description A link to upload one file, once, without a key; of several files that of the first. */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "Idempotency-Replayed": components["headers"]["Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UploadLink"];
                };
            };
            400: components["responses"]["IdempotencyKeyInvalidOrInvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["IdempotencyConflictOrProjectArchived"];
            413: components["responses"]["PayloadTooLargeOrStorageQuotaExceeded"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    getAsset: {
        parameters: {
            query: {
                /**
                 * @description An asset of this account.
                 * @example ast_01M89G8JJGA7X2Y51CE52V0K98
                 */
                assetId: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /**
             * @description A file that the account keeps; `asset://` and its id is a media input of jobs.
             *
             *     `downloadUrl` needs no key and works for a day; each read signs a new one. It is null once the
             *     bytes of an archived asset are gone.
             */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Asset"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["ScopeDenied"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    updateAsset: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangeAsset"];
            };
        };
        responses: {
            /**
             * @description A file that the account keeps; `asset://` and its id is a media input of jobs.
             *
             *     `downloadUrl` needs no key and works for a day; each read signs a new one. It is null once the
             *     bytes of an archived asset are gone.
             */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Asset"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["ProjectArchived"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    updateSettings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ChangeSettings"];
            };
        };
        responses: {
            /** @description The settings of the studio, one set for each account and mode. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StudioSettings"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["CrossSiteRefusedOrRoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["LiveModeDisabled"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    createThread: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description One key per intended operation. Send the SAME key when you retry. `Idempotency-Key` is an alias.
                 * @example fox-astronaut-1
                 */
                "X-Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateThread"];
            };
        };
        responses: {
            /** @description One conversation in a project. */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "Idempotency-Replayed": components["headers"]["Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Thread"];
                };
            };
            400: components["responses"]["IdempotencyKeyInvalidOrInvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["IdempotencyConflictOrProjectArchived"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    selectThread: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SelectThread"];
            };
        };
        responses: {
            /** @description The settings of the studio, one set for each account and mode. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StudioSettings"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    getThread: {
        parameters: {
            query: {
                /**
                 * @description The thread.
                 * @example thr_01M89GB0PGWXXHS7F54MXN8J3F
                 */
                threadId: string;
                /**
                 * @description `previousCursor` of the next page.
                 * @example msg_01M89GB8GGDM2QN3XWE2VKDC0M
                 */
                before?: string;
                /**
                 * @description Maximum number of messages in a page.
                 * @example 2
                 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A thread with a page of its messages, the newest last. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ThreadDetail"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["ScopeDenied"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    updateThread: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangeThread"];
            };
        };
        responses: {
            /** @description One conversation in a project. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Thread"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    prepareMessage: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description One key per intended operation. Send the SAME key when you retry. `Idempotency-Key` is an alias.
                 * @example fox-astronaut-1
                 */
                "X-Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PrepareMessage"];
            };
        };
        responses: {
            /** @description The most that a message can cost: it is held when sent, and only what is used is charged. */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "Idempotency-Replayed": components["headers"]["Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageQuote"];
                };
            };
            400: components["responses"]["IdempotencyKeyInvalidOrInvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["IdempotencyConflictOrProjectArchived"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["AgentUnavailableOrUnavailable"];
        };
    };
    sendMessage: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description One key per intended operation. Send the SAME key when you retry. `Idempotency-Key` is an alias.
                 * @example fox-astronaut-1
                 */
                "X-Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SendMessage"];
            };
        };
        responses: {
            /** @description A message that was accepted. */
            202: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "Idempotency-Replayed": components["headers"]["Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessageSent"];
                };
            };
            400: components["responses"]["IdempotencyKeyInvalidOrInvalidJson"];
            401: components["responses"]["Unauthorized"];
            402: components["responses"]["InsufficientCreditsOrKeyLimitExceededOrMemberLimitExceeded"];
            403: components["responses"]["AccountFrozenOrApprovalRequiredOrRoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            /** @description `idempotency_conflict`: This idempotency key was used for a different request. `project_archived`: The project is archived. `quote_used`: This item of the quote has already been run. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            410: components["responses"]["QuoteExpired"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["ConcurrencyLimitedOrRateLimited"];
            503: components["responses"]["AgentUnavailableOrUnavailable"];
        };
    };
    getRequest: {
        parameters: {
            query?: {
                /**
                 * @description Default: a page of requests.
                 * @example req_01M89GB4KGKXR049WF6DS1PCZ8
                 */
                requestId?: string;
                /**
                 * @description Wait this long for the end, or a version above sinceVersion.
                 * @example 1
                 */
                waitSeconds?: components["parameters"]["WaitSeconds"];
                /**
                 * @description The version you already have.
                 * @example 1
                 */
                sinceVersion?: components["parameters"]["SinceVersion"];
                /**
                 * @description Only requests in this thread.
                 * @example thr_01M89GB0PGWXXHS7F54MXN8J3F
                 */
                threadId?: string;
                /**
                 * @description Maximum number to return in a page.
                 * @example 2
                 */
                limit?: components["parameters"]["Limit"];
                /**
                 * @description `nextCursor` of the previous page.
                 * @example req_01M89GB8GGDY14RC9BEEGSR3VB
                 */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One message to the agent: its state, its cost, and its answer in `blocks`. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentRequest"] | components["schemas"]["AgentRequestPage"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["ScopeDenied"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    watchRequest: {
        parameters: {
            query: {
                /**
                 * @description The request.
                 * @example req_01M89GB4KGKXR049WF6DS1PCZ8
                 */
                requestId: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One message to the agent: its state, its cost, and its answer in `blocks`. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example retry: 2000
                     *
                     *     event: status
                     *     id: 1
                     *     data: {"status":"queued"}
                     *
                     *     event: status
                     *     id: 2
                     *     data: {"status":"running"}
                     *
                     *     event: text
                     *     id: 3
                     *     data: {"delta":"A"}
                     *
                     *     event: text
                     *     id: 4
                     *     data: {"delta":" grey fox leans on a hatch."}
                     *
                     *     event: usage
                     *     id: 5
                     *     data: {"spentUsd":"0.005736","spentMicrousd":5736}
                     *
                     *     event: status
                     *     id: 6
                     *     data: {"status":"succeeded"}
                     *
                     *     event: done
                     *     id: 7
                     *     data: {"request":{"requestId":"req_01M89GB4KGKXR049WF6DS1PCZ8","threadId":"thr_01M89GB0PGWXXHS7F54MXN8J3F","status":"succeeded","livemode":false,"version":4,"model":"claude-sonnet-5-5","billing":{"state":"captured","currency":"USD","priceUsd":"0.25","priceMicrousd":250000,"chargedUsd":"0.005736","chargedMicrousd":5736},"usage":{"inputTokens":1204,"outputTokens":46,"cacheReadTokens":0,"cacheWriteTokens":0,"turns":1},"messageId":"msg_01M89GB5JRRRMHQDR350FNB2Z8","blocks":[{"type":"text","markdown":"A grey fox leans on a hatch."}],"planIds":[],"error":null,"createdAt":"2026-11-25T14:04:22Z","updatedAt":"2026-11-25T14:04:23Z","startedAt":"2026-11-25T14:04:23Z","finishedAt":"2026-11-25T14:04:23Z","pollAfterSeconds":null,"urls":{"get":"/api/v1/studio/agent/requests?requestId=req_01M89GB4KGKXR049WF6DS1PCZ8","events":"/api/v1/studio/agent/requests/events?requestId=req_01M89GB4KGKXR049WF6DS1PCZ8","cancel":"/api/v1/studio/agent/requests/cancel"}}}
                     */
                    "text/event-stream": unknown;
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["ScopeDenied"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["ConcurrencyLimitedOrRateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    cancelRequest: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CancelRequest"];
            };
        };
        responses: {
            /** @description One message to the agent: its state, its cost, and its answer in `blocks`. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentRequest"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            /** @description `request_finished`: The request has already ended. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    keepAsset: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description One key per intended operation. Send the SAME key when you retry. `Idempotency-Key` is an alias.
                 * @example fox-astronaut-1
                 */
                "X-Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["KeepAsset"];
            };
        };
        responses: {
            /** @description An asset that was kept; `deduplicated`: it was there before. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "Idempotency-Replayed": components["headers"]["Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssetMade"] | components["schemas"]["KeptOutputs"];
                };
            };
            /** @description An asset that was kept; `deduplicated`: it was there before. */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "Idempotency-Replayed": components["headers"]["Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssetMade"];
                };
            };
            400: components["responses"]["IdempotencyKeyInvalidOrInvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            /** @description `idempotency_conflict`: This idempotency key was used for a different request. `project_archived`: The project is archived. `source_not_ready`: The source job has not succeeded yet. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            410: components["responses"]["OutputDeleted"];
            413: components["responses"]["PayloadTooLargeOrStorageQuotaExceeded"];
            /** @description `unsupported_content_type`: The body is not JSON. `unsupported_media`: This kind of media is not accepted here. */
            415: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_input`: A value is out of range, or a field is unknown. `media_unreadable`: The media cannot be decoded, or exceeds a size or length limit. `source_unreachable`: The media could not be fetched from this URL. */
            422: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    getPreview: {
        parameters: {
            query: {
                /**
                 * @description `asset://` and an id, or `job://`, the job's id, and which output.
                 * @example job://job_01M89G7HC0S6KA4FR8Q3T8GWVJ/0
                 */
                ref: string;
                /**
                 * @description Number of frames of a video, on one sheet.
                 * @example 4
                 */
                frames?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["OK"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["ScopeDenied"];
            404: components["responses"]["NotFound"];
            /** @description `source_not_ready`: The source job has not succeeded yet. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            410: components["responses"]["OutputDeleted"];
            415: components["responses"]["UnsupportedMedia"];
            422: components["responses"]["InvalidInputOrMediaUnreadable"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    createText: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description One key per intended operation. Send the SAME key when you retry. `Idempotency-Key` is an alias.
                 * @example fox-astronaut-1
                 */
                "X-Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateText"];
            };
        };
        responses: {
            /** @description A text document with its content. */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "Idempotency-Replayed": components["headers"]["Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TextDocument"];
                };
            };
            400: components["responses"]["IdempotencyKeyInvalidOrInvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["IdempotencyConflictOrProjectArchived"];
            413: components["responses"]["PayloadTooLargeOrStorageQuotaExceeded"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    getText: {
        parameters: {
            query: {
                /**
                 * @description The document.
                 * @example ast_01M89G9NQGDNCH30W7TVXM5TRK
                 */
                assetId: string;
                /**
                 * @description An older version; default: the newest.
                 * @example 2
                 */
                version?: components["parameters"]["Version"];
            };
            header?: {
                /**
                 * @description The `ETag` of the answer you have: 304 without a body if it is current.
                 * @example "3-a-13c64ce51327b35cd1c8b32931985211"
                 */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A text document with its content. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TextDocument"];
                };
            };
            304: components["responses"]["NotModified"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["ScopeDenied"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    saveText: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The `etag` of the version you read; without it, replacing a version is 428.
                 * @example "ast_01M89G9NQGDNCH30W7TVXM5TRK.v1"
                 */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SaveText"];
            };
        };
        responses: {
            /** @description A text document with its content. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TextDocument"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            412: components["responses"]["VersionConflict"];
            413: components["responses"]["PayloadTooLargeOrStorageQuotaExceeded"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            428: components["responses"]["IfMatchRequired"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    listVersions: {
        parameters: {
            query: {
                /**
                 * @description A text document or storyboard.
                 * @example ast_01M89G9NQGDNCH30W7TVXM5TRK
                 */
                assetId: string;
                /**
                 * @description `nextCursor` of the previous page.
                 * @example 2
                 */
                cursor?: number;
                /**
                 * @description Maximum number to return in a page.
                 * @example 2
                 */
                limit?: components["parameters"]["Limit50"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of versions, newest first. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VersionPage"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["ScopeDenied"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    createStoryboard: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description One key per intended operation. Send the SAME key when you retry. `Idempotency-Key` is an alias.
                 * @example fox-astronaut-1
                 */
                "X-Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateStoryboard"];
            };
        };
        responses: {
            /** @description A storyboard with its document, and the takes of its shots. */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "Idempotency-Replayed": components["headers"]["Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoryboardShown"];
                };
            };
            400: components["responses"]["IdempotencyKeyInvalidOrInvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["IdempotencyConflictOrProjectArchived"];
            413: components["responses"]["PayloadTooLargeOrStorageQuotaExceeded"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    getStoryboard: {
        parameters: {
            query: {
                /**
                 * @description The document.
                 * @example ast_01M89G9WJ89S2J3BRC6XBDV2MQ
                 */
                assetId: components["parameters"]["AssetId"];
                /**
                 * @description An older version; default: the newest.
                 * @example 2
                 */
                version?: components["parameters"]["Version"];
            };
            header?: {
                /**
                 * @description The `ETag` of the answer you have: 304 without a body if it is current.
                 * @example "3-a-13c64ce51327b35cd1c8b32931985211"
                 */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A storyboard with its document, and the takes of its shots. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoryboardShown"];
                };
            };
            304: components["responses"]["NotModified"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["ScopeDenied"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    saveStoryboard: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The `etag` of the version you read; without it, replacing a version is 428.
                 * @example "ast_01M89G9NQGDNCH30W7TVXM5TRK.v1"
                 */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SaveStoryboard"];
            };
        };
        responses: {
            /** @description A storyboard with its document, and the takes of its shots. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoryboardShown"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            412: components["responses"]["VersionConflict"];
            413: components["responses"]["PayloadTooLargeOrStorageQuotaExceeded"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            428: components["responses"]["IfMatchRequired"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    importStoryboard: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description One key per intended operation. Send the SAME key when you retry. `Idempotency-Key` is an alias.
                 * @example fox-astronaut-1
                 */
                "X-Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /**
                 * @description The `etag` of the version you read; without it, replacing a version is 428.
                 * @example "ast_01M89G9NQGDNCH30W7TVXM5TRK.v1"
                 */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ImportStoryboard"];
            };
        };
        responses: {
            /** @description A storyboard that was made of a text. */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoryboardImported"];
                };
            };
            400: components["responses"]["IdempotencyKeyInvalidOrInvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["IdempotencyConflictOrProjectArchived"];
            412: components["responses"]["VersionConflict"];
            413: components["responses"]["PayloadTooLargeOrStorageQuotaExceeded"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInputOrStoryboardSyntax"];
            428: components["responses"]["IfMatchRequired"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    exportStoryboard: {
        parameters: {
            query: {
                /**
                 * @description The document.
                 * @example ast_01M89G9WJ89S2J3BRC6XBDV2MQ
                 */
                assetId: components["parameters"]["AssetId"];
                /**
                 * @description An older version; default: the newest.
                 * @example 2
                 */
                version?: components["parameters"]["Version"];
            };
            header?: {
                /**
                 * @description The `ETag` of the answer you have: 304 without a body if it is current.
                 * @example "3-a-13c64ce51327b35cd1c8b32931985211"
                 */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A storyboard as Markdown. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example ---
                     *     killatamata: storyboard/1
                     *     title: "The door"
                     *     defaults: {"width": 1280, "height": 704}
                     *     ---
                     *
                     *     ## Scene scene_1: INT. AIRLOCK - NIGHT
                     *
                     *     ### Shot shot_1
                     *
                     *     - camera: "Slow push in from a low angle."
                     *     - durationSeconds: 5.0
                     *
                     *     #### Prompt
                     *
                     *     A grey fox in a worn suit leans on a wheel hatch, red light on it.
                     *
                     *     ### Shot shot_2
                     *
                     *     #### Action
                     *
                     *     The hatch swings open.
                     *
                     *     #### Dialogue
                     *
                     *     - FOX: Now.
                     */
                    "text/markdown": string;
                    "application/json": components["schemas"]["MarkdownShown"];
                };
            };
            304: components["responses"]["NotModified"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["ScopeDenied"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    prepareRender: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description One key per intended operation. Send the SAME key when you retry. `Idempotency-Key` is an alias.
                 * @example fox-astronaut-1
                 */
                "X-Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PrepareRender"];
            };
        };
        responses: {
            /** @description A plan: frozen steps, exact prices, one hash. */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "Idempotency-Replayed": components["headers"]["Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            400: components["responses"]["IdempotencyKeyInvalidOrInvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["IdempotencyConflictOrNoPrice"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["ContentRejectedOrInvalidInputOrMediaNotFoundOrShotIncomplete"];
            429: components["responses"]["ConcurrencyLimitedOrRateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    getFilms: {
        parameters: {
            query?: {
                /**
                 * @description The film; default: a page of films.
                 * @example flm_01M89G9WJ890K1VT3EK7EFA0R1
                 */
                filmId?: string;
                /**
                 * @description Instead of filmId: the storyboard it is made of.
                 * @example ast_01M89G9WJ89S2J3BRC6XBDV2MQ
                 */
                storyboardAssetId?: string;
                /**
                 * @description Maximum number of films in a page.
                 * @example 1
                 */
                limit?: number;
                /**
                 * @description `nextCursor` of the previous page.
                 * @example flm_01M89GAPY09DXXWN19H9NVDDBG
                 */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A film: one storyboard, the cut of its takes, and what was rendered from it. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Film"] | components["schemas"]["FilmPage"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["ScopeDenied"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    createFilm: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description One key per intended operation. Send the SAME key when you retry. `Idempotency-Key` is an alias.
                 * @example fox-astronaut-1
                 */
                "X-Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["CreateFilm"];
            };
        };
        responses: {
            /** @description A film: one storyboard, the cut of its takes, and what was rendered from it. */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "Idempotency-Replayed": components["headers"]["Replayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Film"];
                };
            };
            400: components["responses"]["IdempotencyKeyInvalidOrInvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["IdempotencyConflictOrProjectArchived"];
            413: components["responses"]["PayloadTooLargeOrStorageQuotaExceeded"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInputOrStoryboardSyntax"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    updateFilm: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The `etag` of the version you read; without it, replacing a version is 428.
                 * @example "ast_01M89G9NQGDNCH30W7TVXM5TRK.v1"
                 */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangeFilm"];
            };
        };
        responses: {
            /** @description A film: one storyboard, the cut of its takes, and what was rendered from it. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Film"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            412: components["responses"]["VersionConflict"];
            413: components["responses"]["PayloadTooLargeOrStorageQuotaExceeded"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            428: components["responses"]["IfMatchRequired"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    createFilmThread: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateFilmThread"];
            };
        };
        responses: {
            /** @description One conversation in a project. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Thread"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["ProjectArchived"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    prepareFilmRender: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PrepareFilmRender"];
            };
        };
        responses: {
            /** @description A plan: frozen steps, exact prices, one hash. */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["NoPrice"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["ContentRejectedOrInvalidInputOrMediaNotFoundOrShotIncomplete"];
            429: components["responses"]["ConcurrencyLimitedOrRateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    listShares: {
        parameters: {
            query?: {
                /**
                 * @description Only this share; 404 if there is none.
                 * @example shr_01M89G9DXG1PVYHKRRD0KGP3WC
                 */
                shareId?: string;
                /**
                 * @description Only shares of this reference.
                 * @example job://job_01M89G7HC0S6KA4FR8Q3T8GWVJ/0
                 */
                ref?: string;
                /**
                 * @description 1: only those whose link works.
                 * @example true
                 */
                active?: boolean;
                /**
                 * @description Maximum number to return in a page.
                 * @example 2
                 */
                limit?: components["parameters"]["Limit50"];
                /**
                 * @description `nextCursor` of the previous page.
                 * @example shr_01M89G9EWRXFBX1AXRTVXYD5BJ
                 */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of shares, newest first. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SharePage"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["ScopeDenied"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    createShare: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateShare"];
            };
        };
        responses: {
            /** @description A result that anybody with its link can see, until it expires or is revoked. */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Share"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            /** @description `project_archived`: The project is archived. `source_not_ready`: The source job has not succeeded yet. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            410: components["responses"]["OutputDeleted"];
            413: components["responses"]["PayloadTooLargeOrStorageQuotaExceeded"];
            415: components["responses"]["UnsupportedContentType"];
            /** @description `invalid_input`: A value is out of range, or a field is unknown. `media_unreadable`: The media cannot be decoded, or exceeds a size or length limit. `not_shareable`: This cannot be shared. `share_taken_down`: The operator has taken this down, so it cannot be shared again. */
            422: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    "X-Should-Retry": components["headers"]["ShouldRetry"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    updateShare: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangeShare"];
            };
        };
        responses: {
            /** @description A result that anybody with its link can see, until it expires or is revoked. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Share"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    revokeShare: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RevokeShare"];
            };
        };
        responses: {
            /** @description A result that anybody with its link can see, until it expires or is revoked. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Credits-Remaining-Usd": components["headers"]["CreditsRemaining"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Share"];
                };
            };
            400: components["responses"]["InvalidJson"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["RoleDeniedOrScopeDenied"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedContentType"];
            422: components["responses"]["InvalidInput"];
            429: components["responses"]["RateLimited"];
            503: components["responses"]["Unavailable"];
        };
    };
    onJobStarted: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description The delivery; the same on every attempt. Process each only once.
                 * @example whd_01M89G7KAGGN64QXMNXTVR7Z40
                 */
                "webhook-id": string;
                /**
                 * @description Seconds since 1970; reject anything older than 5 minutes.
                 * @example 1795615358
                 */
                "webhook-timestamp": string;
                /**
                 * @description `v1,` and the base64 HMAC-SHA256 of `id.timestamp.body`, several separated by spaces.
                 * @example v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
                 */
                "webhook-signature": string;
                /**
                 * @description The trace of the job, as in the answer to its submit.
                 * @example 01a21303bdb02c9c31ced9a24d1de1c9
                 */
                "X-Trace-Id": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["JobStarted"];
            };
        };
        responses: {
            /** @description Nothing more is sent to this URL for this job. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Accepted; it is not sent again. */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not accepted; it is retried for a day. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onJobCompleted: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description The delivery; the same on every attempt. Process each only once.
                 * @example whd_01M89G7KAG635A4B7TK2YX8FS0
                 */
                "webhook-id": string;
                /**
                 * @description Seconds since 1970; reject anything older than 5 minutes.
                 * @example 1795615358
                 */
                "webhook-timestamp": string;
                /**
                 * @description `v1,` and the base64 HMAC-SHA256 of `id.timestamp.body`, several separated by spaces.
                 * @example v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
                 */
                "webhook-signature": string;
                /**
                 * @description The trace of the job, as in the answer to its submit.
                 * @example 01a21303bdb02c9c31ced9a24d1de1c9
                 */
                "X-Trace-Id": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["JobCompleted"];
            };
        };
        responses: {
            /** @description Nothing more is sent to this URL for this job. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Accepted; it is not sent again. */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not accepted; it is retried for a day. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onPing: {
        parameters: {
            query?: never;
            header: {
                /**
                 * @description The delivery; the same on every attempt. Process each only once.
                 * @example whd_01M89G800RG03AEBWJH3V64RSR
                 */
                "webhook-id": string;
                /**
                 * @description Seconds since 1970; reject anything older than 5 minutes.
                 * @example 1795615359
                 */
                "webhook-timestamp": string;
                /**
                 * @description `v1,` and the base64 HMAC-SHA256 of `id.timestamp.body`, several separated by spaces.
                 * @example v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
                 */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Ping"];
            };
        };
        responses: {
            /** @description Nothing more is sent to this URL for this job. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Accepted; it is not sent again. */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not accepted; it is retried for a day. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
}
