package ledger

import (
	"strconv"
	"strings"
)

// Docroot is where the files of a site are. It tells apart the customers who share a machine: two
// docroots of different owners can't hold one site. The zero value is a docroot that isn't known,
// which holds nothing.
type Docroot struct {
	Machine string // the host name, "ssh " and a host, or "docker on " and the host name
	Path    string // absolute, without symbolic links
	// Owner is the same for docroots of one customer: "uid:1001"; or "path:" and the path if the
	// user ID isn't known.
	Owner string
}

const ownerUID = "uid:"

// LocalDocroot returns the docroot at the path on the machine, which belongs to a user ID.
func LocalDocroot(machine, path string, uid uint32) Docroot {
	return Docroot{machine, path, ownerUID + strconv.FormatUint(uint64(uid), 10)}
}

// RemoteDocroot returns the docroot that --ssh names. Its owner isn't known, so that any other path
// on the machine is another customer's.
func RemoteDocroot(machine, path string) Docroot {
	return Docroot{machine, path, "path:" + path}
}

func (d Docroot) known() bool { return d.Machine != "" && d.Path != "" && d.Owner != "" }

func (d Docroot) String() string {
	if uid, found := strings.CutPrefix(d.Owner, ownerUID); found {
		return d.Path + " (user ID " + uid + ")"
	}
	return d.Path
}

// excludes reports whether a site of docroot d can't be that of other: they are on one machine and
// have different owners. It is false if d's owner has gone from there.
func (d Docroot) excludes(other Docroot) bool {
	return d.known() && other.known() && d.Machine == other.Machine && d.Owner != other.Owner &&
		d.inUse()
}

// inUse reports whether the docroot still belongs to its owner. If the path is gone, it does if the
// nearest directory above it that exists belongs to the owner: an old release was deleted, and the
// customer is still there. That says nothing of root, who owns "/".
func (d Docroot) inUse() bool {
	uid, found := strings.CutPrefix(d.Owner, ownerUID)
	if !found {
		return true
	}
	owner, exact := nearestOwner(d.Path)
	return owner == "" || owner == uid && (exact || uid != "0")
}
