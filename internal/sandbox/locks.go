package sandbox

import (
	"sync"
)

// keyedLocks lets one caller in for each key.
type keyedLocks struct {
	mu    sync.Mutex
	locks map[string]*sync.Mutex
}

func (k *keyedLocks) lock(key string) (unlock func()) {
	k.mu.Lock()
	if k.locks == nil {
		k.locks = map[string]*sync.Mutex{}
	}
	if k.locks[key] == nil {
		k.locks[key] = &sync.Mutex{}
	}
	one := k.locks[key]
	k.mu.Unlock()
	one.Lock()
	return one.Unlock
}
