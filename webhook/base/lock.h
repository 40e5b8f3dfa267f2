/* A mutex that is held until the end of a scope.
 *
 *   AUTO(lock) held = lock_take(&engine->mutex); */
#pragma once

#include "base/cleanup.h"

#include <pthread.h>

static inline pthread_mutex_t *lock_take(pthread_mutex_t *mutex)
{
    (void)pthread_mutex_lock(mutex); /* cannot fail for a mutex of default type */
    return mutex;
}

static inline void lock_release(pthread_mutex_t *mutex)
{
    (void)pthread_mutex_unlock(mutex);
}

DEFINE_AUTO(lock, pthread_mutex_t *, lock_release);
