//go:build !unix

package ledger

import "io/fs"

// isPrivate returns true, because here the mode says nothing about who may read the file.
func isPrivate(fs.FileInfo) bool { return true }

// isOurs returns true, because here files have no user ID.
func isOurs(fs.FileInfo) bool { return true }

// nearestOwner returns "", because here files have no user ID.
func nearestOwner(string) (uid string, exact bool) { return "", false }

// fsyncDir does nothing, because here a folder can't be synced.
func fsyncDir(string) error { return nil }
