// Package jetpack is a client of two APIs: the Jetpack partner API, with which a hosting partner
// provisions and cancels plans on its customers' sites ([Client]), and the Jetpack Licensing API,
// with which it issues licenses ([Licensing]).
//
// Plans and licenses cost money, so the package distinguishes a refusal from an answer that was
// lost on the way, and repeats only calls that can't be charged twice. Every error of a call is an
// [*Error]. If [Error.Lost] reports true, the call may have had its effect: look ([Client.Status],
// [Licensing.License]) before you ask again.
//
// The facts about the APIs come from Automattic's host-partner-documentation
// (jetpack/jetpack-start-endpoints) and jetpack-licensing-api (spec.yml, integration-docs). Doc
// comments name the page.
package jetpack
