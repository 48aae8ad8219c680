//go:build !unix

package ledger

import "io/fs"

// isPrivate returns true, because here the mode says nothing about who may read the file.
func isPrivate(fs.FileInfo) bool { return true }

// isOurs returns true, because here files have no user ID.
func isOurs(fs.FileInfo) bool { return true }

// fsyncDir does nothing, because here a folder can't be synced.
func fsyncDir(string) error { return nil }
