package sandbox

import "sync"

// keyedLocks is a set of mutexes, one for each key. The zero value is ready to use.
type keyedLocks struct {
	mu    sync.Mutex
	locks map[string]*sync.Mutex
}

// lock locks the mutex of key and returns the function that unlocks it.
func (k *keyedLocks) lock(key string) (unlock func()) {
	k.mu.Lock()
	if k.locks == nil {
		k.locks = map[string]*sync.Mutex{}
	}
	if k.locks[key] == nil {
		k.locks[key] = &sync.Mutex{}
	}
	l := k.locks[key]
	k.mu.Unlock()
	l.Lock()
	return l.Unlock
}
