/* An array of PV locks under one name: io.pvlock.internal.lock.ArrayLocking. The pages in which a vCPU has ever
   locked are kept, so that few cells have to be looked at to find out whether it still holds one of a million. */
#include "object.h"
#include "vcpu.h"

#define PAGE_SHIFT 12

struct pvlock_array {
    struct pv_object object;
    /* Of the cells: the monitor of the array is not used. */
    struct pvlock_lock_s lock;
    uint32_t cells_at;
    int length;
};

static uint64_t page_bit(uint32_t cell) {
    return UINT64_C(1) << (cell >> PAGE_SHIFT) % 64;
}

static uint32_t cell_at(const pvlock_array *array, int index) {
    return array->cells_at + (uint32_t) index * PVLOCK_LOCK_CELL_LENGTH;
}

int pvlock_array_find(
        pvlock_region *region, const char *name, size_t length, int locks, const pvlock_lock_options *options,
        pvlock_array **array) {
    static const char *const names[] = {"length"};
    pvlock_lock_options whole;
    const pvlock_lock_options *wanted = &whole;
    *array = NULL;
    int outcome = pv_take_object_options(&whole, options, PVLOCK_HYBRID, "a lock array");
    if (outcome != PVLOCK_OK) {
        return outcome;
    }
    if (locks < 1) {
        return pv_fail(PVLOCK_INVALID, "length=%d, there must be at least one lock", locks);
    }
    struct pv_template template = {
        .policy = PVLOCK_POLICY_HYBRID,
        .overtake_us = (uint32_t) wanted->overtake_us,
        .type = PVLOCK_TYPE_LOCK_ARRAY,
        .must_exist = wanted->must_exist,
        .body_bytes = (int64_t) locks * PVLOCK_LOCK_CELL_LENGTH,
        .parameter_count = 1,
        .parameters = {(uint64_t) locks},
    };
    struct pv_object *object;
    outcome = pv_make_object(region, name, length, &template, names, sizeof(pvlock_array), "a lock array", &object);
    if (outcome != PVLOCK_OK) {
        return outcome;
    }
    outcome = pv_check_same_time(region, object->monitor.entry, name, length, wanted->overtake_us);
    if (outcome != PVLOCK_OK) {
        pv_object_forget(object);
        return outcome;
    }
    pvlock_array *made = (pvlock_array *) object;
    pv_lock_init(&made->lock, region, made->object.monitor.entry);
    made->lock.own_cell = false;
    made->length = locks;
    made->cells_at = made->object.body;
    made->lock.on_deadlock = wanted->on_deadlock;
    pv_policy_init(&made->lock.policy, region, made->object.monitor.entry, wanted->wait_mode);
    *array = made;
    return PVLOCK_OK;
}

void pvlock_array_forget(pvlock_array *array) {
    pv_object_forget((struct pv_object *) array);
}

int pvlock_array_length(const pvlock_array *array) {
    return array->length;
}

static int no_such_lock(const pvlock_array *array, int index) {
    return pv_fail(PVLOCK_INVALID, "index=%d, allowed are 0..%d", index, array->length - 1);
}

static bool exists(const pvlock_array *array, int index) {
    return index >= 0 && index < array->length;
}

static int lock_slow(pvlock_array *array, int index, pvlock_vcpu *vcpu, int64_t deadline_ns, bool no_wait) {
    if (!exists(array, index)) {
        return no_such_lock(array, index);
    }
    int usable = pv_check_vcpu(array->lock.region, vcpu);
    if (usable != PVLOCK_OK) {
        return usable;
    }
    uint32_t cell = cell_at(array, index);
    vcpu->array_pages |= page_bit(cell); /* it may hold it from now on */
    return pv_lock_cell(&array->lock, cell, vcpu, deadline_ns, no_wait);
}

int pvlock_array_lock(pvlock_array *array, int index, pvlock_vcpu *vcpu) {
    if (pv_is_fast(vcpu, array->lock.fast) && exists(array, index)) {
        uint32_t cell = cell_at(array, index);
        /* P0 acquire: (0,0,0) -> (0,0,LOCKED), owner nobody -> me; pairs with P0 release in pvlock_array_unlock. */
        if ((vcpu->array_pages & page_bit(cell)) != 0 && pv_cas64(vcpu->me.core->base, cell, 0, vcpu->me.held)) {
            return PVLOCK_OK;
        }
    }
    return lock_slow(array, index, vcpu, PV_DEADLINE_NONE, false);
}

int pvlock_array_trylock(pvlock_array *array, int index, pvlock_vcpu *vcpu) {
    return lock_slow(array, index, vcpu, PV_DEADLINE_NOW, true);
}

int pvlock_array_timedlock_ns(pvlock_array *array, int index, pvlock_vcpu *vcpu, int64_t deadline_ns) {
    return lock_slow(array, index, vcpu, deadline_ns, false);
}

int pvlock_array_unlock(pvlock_array *array, int index, pvlock_vcpu *vcpu) {
    if (!exists(array, index)) {
        return no_such_lock(array, index);
    }
    uint32_t cell = cell_at(array, index);
    /* P0 release: (0,0,LOCKED) -> (0,0,0), owner me -> nobody; pairs with P0 acquire in pvlock_array_lock. */
    if (pv_is_fast(vcpu, array->lock.fast) && pv_cas64(vcpu->me.core->base, cell, vcpu->me.held, 0)) {
        return PVLOCK_OK;
    }
    return pv_unlock_cell(&array->lock, cell, vcpu);
}

int pvlock_array_consistent(pvlock_array *array, int index, pvlock_vcpu *vcpu) {
    return exists(array, index)
        ? pv_consistent_cell(&array->lock, cell_at(array, index), vcpu)
        : no_such_lock(array, index);
}

int pvlock_array_abandon(pvlock_array *array, int index, pvlock_vcpu *vcpu) {
    return exists(array, index)
        ? pv_abandon_cell(&array->lock, cell_at(array, index), vcpu)
        : no_such_lock(array, index);
}

int pvlock_array_token(pvlock_array *array, int index, pvlock_vcpu *vcpu, int64_t *token) {
    if (!exists(array, index)) {
        return no_such_lock(array, index);
    }
    int usable = pv_check_holder(array->lock.region, vcpu);
    if (usable != PVLOCK_OK) {
        return usable;
    }
    struct pv_core *core = &array->lock.region->core;
    if (!pv_is_owned_by(core, cell_at(array, index), &vcpu->me)) {
        return pv_fail(PVLOCK_NOT_OWNER, "vcpu=%d does not hold lock %d of the array", vcpu->me.index, index);
    }
    /* P24: no two alike; pairs with itself */
    *token = (int64_t) pv_add64(core->base, array->object.extent + PVLOCK_LOCK_ARRAY_FENCING_TOKEN_OFFSET, 1) + 1;
    return PVLOCK_OK;
}
