/*
 * What every named object but a lock is made of: a PV lock of its own, its monitor, and an extent.
 * io.pvlock.internal.object.MonitoredExtent.
 */
#include <errno.h>
#include <stdlib.h>

#include "buckets.h"
#include "object.h"

static int find_object(
        struct pvlock_region *region, const char *name, size_t length, const struct pv_template *template,
        const char *const *parameter_names, uint32_t *entry) {
    struct pv_name wanted;
    int outcome = pv_name_init(&wanted, name, length);
    if (outcome == PVLOCK_OK) {
        outcome = pv_check_usable(region);
    }
    if (outcome == PVLOCK_OK) {
        outcome = pv_find_entry(region, &wanted, template, !template->must_exist, entry);
    }
    if (outcome != PVLOCK_OK) {
        return outcome;
    }
    uint32_t type = pv_entry_field(region, *entry, PVLOCK_ENTRY_TYPE_OFFSET);
    if (type != template->type) {
        outcome = pv_fail(
            PVLOCK_INVALID, "'%.*s' is a %s, not a %s", (int) length, name, pv_type_name(type), pv_type_name(template->type));
    }
    if (outcome == PVLOCK_OK) {
        outcome = pv_check_extent(region, *entry, 0);
    }
    /* The extent's length depends on the parameters, so these are checked first. */
    for (int i = 0; outcome == PVLOCK_OK && i < template->parameter_count; i++) {
        uint32_t at = pv_extent_at(region, *entry) + PVLOCK_EXTENT_PARAMETERS_OFFSET + (uint32_t) i * 8;
        int64_t is = (int64_t) pv_get64(region->core.base, at);
        if (is != (int64_t) template->parameters[i]) {
            outcome = pv_fail(
                PVLOCK_INVALID, "%s '%.*s' exists with %s=%lld, not %lld", pv_type_name(type), (int) length, name,
                parameter_names[i], (long long) is, (long long) template->parameters[i]);
        }
    }
    if (outcome == PVLOCK_OK) {
        outcome = pv_check_extent(region, *entry, template->body_bytes);
    }
    if (outcome != PVLOCK_OK) {
        pv_drop_handle(region, *entry);
    }
    return outcome;
}

int pv_make_object(
        struct pvlock_region *region, const char *name, size_t length, const struct pv_template *template,
        const char *const *parameter_names, size_t size, const char *what, struct pv_object **object) {
    uint32_t entry;
    int outcome = find_object(region, name, length, template, parameter_names, &entry);
    if (outcome != PVLOCK_OK) {
        return outcome;
    }
    struct pv_object *made = calloc(1, size);
    if (made == NULL) {
        pv_drop_handle(region, entry);
        return pv_fail_errno(PVLOCK_ERROR, ENOMEM, "no memory for %s", what);
    }
    pv_lock_init(&made->monitor, region, entry);
    made->extent = pv_extent_at(region, entry);
    made->body = made->extent + PVLOCK_EXTENT_BODY_OFFSET;
    pthread_mutex_lock(&region->mutex);
    made->next = region->objects;
    made->link = &region->objects;
    if (made->next != NULL) {
        made->next->link = &made->next;
    }
    region->objects = made;
    pthread_mutex_unlock(&region->mutex);
    *object = made;
    return PVLOCK_OK;
}

void pv_object_forget(struct pv_object *object) {
    if (object == NULL) {
        return;
    }
    struct pvlock_region *region = object->monitor.region;
    if (region->core.fd >= 0) {
        pv_drop_handle(region, object->monitor.entry);
    }
    pthread_mutex_lock(&region->mutex);
    *object->link = object->next;
    if (object->next != NULL) {
        object->next->link = object->link;
    }
    pthread_mutex_unlock(&region->mutex);
    free(object);
}

void pv_free_objects(struct pvlock_region *region) {
    while (region->objects != NULL) {
        struct pv_object *object = region->objects;
        region->objects = object->next;
        free(object);
    }
}

/*
 * What the extent says is changed in single steps, so that nothing is left to be recovered from who died in the
 * monitor.
 */
static int made_consistent(struct pvlock_lock_s *monitor, struct pvlock_vcpu *vcpu, int outcome) {
    return outcome == PVLOCK_OWNER_DIED ? pv_consistent_cell(monitor, monitor->cell_at, vcpu) : outcome;
}

int pv_enter_monitor(struct pvlock_lock_s *monitor, struct pvlock_vcpu *vcpu) {
    return made_consistent(monitor, vcpu, pvlock_lock(monitor, vcpu));
}

int pv_enter_monitor_to_end(struct pvlock_lock_s *monitor, struct pvlock_vcpu *vcpu) {
    return made_consistent(monitor, vcpu, pv_lock_to_end(monitor, vcpu));
}

void pv_exit_monitor(struct pvlock_lock_s *monitor, struct pvlock_vcpu *vcpu) {
    pvlock_unlock(monitor, vcpu);
}
