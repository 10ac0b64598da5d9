//! Weak references of Node-API, a table of them for each cache, as plain functions.
//!
//! napi-rs has no such reference, and its glue would cost more than the call: so these are raw callbacks. A reference
//! made with count 0 does not keep its target, not even to the end of the job, as `WeakRef` does.
//!
//! Who deletes what: a reference is deleted when its slot gets another or none, and all that are left when the last
//! function of their table is collected. An environment that ends (process exit, `worker.terminate()`) runs the
//! finalizers of objects before it frees references that have none, so that a table may still delete its own then; that
//! order is Node's, and stands in `napi_env__`'s destructor in all versions supported.

use std::cell::RefCell;
use std::ffi::{CStr, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::rc::Rc;

use napi::bindgen_prelude::{JsObjectValue, Object, Result, Unknown};
use napi::{Env, Error, Status, check_status, sys};
use napi_derive::napi;

/// References by slot; null where there is none.
struct Table {
    env: sys::napi_env,
    refs: RefCell<Vec<sys::napi_ref>>,
}

impl Table {
    fn reference(&self, slot: u32) -> sys::napi_ref {
        let refs = self.refs.borrow();
        refs.get(slot as usize).copied().unwrap_or(ptr::null_mut())
    }

    /// Deletes the reference of a slot.
    fn drop_slot(&self, slot: u32) {
        let old = match self.refs.borrow_mut().get_mut(slot as usize) {
            Some(place) => std::mem::replace(place, ptr::null_mut()),
            None => ptr::null_mut(),
        };
        self.delete(old);
    }

    fn delete(&self, reference: sys::napi_ref) {
        if !reference.is_null() {
            // SAFETY: `reference` was made in this environment, has just been taken out of the table, which held the
            // only copy, and the environment lives: it calls us, or runs our finalizer.
            unsafe { sys::napi_delete_reference(self.env, reference) };
        }
    }

    /// Refers to `value` weakly from now on; false where it is no object.
    fn put(&self, slot: u32, value: sys::napi_value) -> bool {
        self.drop_slot(slot);
        let mut made = ptr::null_mut();
        // SAFETY: `value` is a handle of the callback that runs, `made` a place for the answer.
        let status = unsafe { sys::napi_create_reference(self.env, value, 0, &raw mut made) };
        if status != sys::Status::napi_ok {
            return false;
        }
        let mut refs = self.refs.borrow_mut();
        let at = slot as usize;
        if refs.len() <= at {
            refs.resize(at + 1, ptr::null_mut());
        }
        refs[at] = made;
        true
    }

    /// What a slot refers to, or null.
    fn get(&self, slot: u32) -> sys::napi_value {
        let reference = self.reference(slot);
        let mut value = ptr::null_mut();
        if !reference.is_null() {
            // SAFETY: a reference in the table is alive; `value` is a place for the answer, null when collected.
            unsafe { sys::napi_get_reference_value(self.env, reference, &raw mut value) };
        }
        value
    }

    fn is_dead(&self, slot: u32) -> bool {
        if self.reference(slot).is_null() {
            return false;
        }
        let mut scope = ptr::null_mut();
        // SAFETY: a scope of its own, closed below, so that a sweep does not pile up handles.
        unsafe { sys::napi_open_handle_scope(self.env, &raw mut scope) };
        let dead = self.get(slot).is_null();
        // SAFETY: the scope opened above; no handle of it is used any more.
        unsafe { sys::napi_close_handle_scope(self.env, scope) };
        dead
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        for reference in std::mem::take(&mut *self.refs.borrow_mut()) {
            self.delete(reference);
        }
    }
}

/// The arguments of a call and the table of its function.
struct Call {
    env: sys::napi_env,
    arguments: [sys::napi_value; 2],
    table: Rc<Table>,
}

impl Call {
    fn read(env: sys::napi_env, info: sys::napi_callback_info) -> Self {
        let mut arguments = [ptr::null_mut(); 2];
        let mut count = arguments.len();
        let mut data: *mut c_void = ptr::null_mut();
        // SAFETY: `info` is that of the callback that runs; there is room for `count` arguments, missing ones become
        // undefined.
        unsafe {
            sys::napi_get_cb_info(
                env,
                info,
                &raw mut count,
                arguments.as_mut_ptr(),
                ptr::null_mut(),
                &raw mut data,
            )
        };
        let table = data.cast::<Table>().cast_const();
        // SAFETY: `data` comes from `Rc::into_raw` in `define`, and lives until the function that runs is collected.
        unsafe { Rc::increment_strong_count(table) };
        // SAFETY: the count added above is the one that this Rc gives back.
        let table = unsafe { Rc::from_raw(table) };
        Self {
            env,
            arguments,
            table,
        }
    }

    fn number(&self, i: usize) -> u32 {
        let mut number = 0;
        // SAFETY: an argument of the callback that runs; what is no number leaves 0.
        unsafe { sys::napi_get_value_uint32(self.env, self.arguments[i], &raw mut number) };
        number
    }

    fn boolean(&self, value: bool) -> sys::napi_value {
        let mut result = ptr::null_mut();
        // SAFETY: `result` is a place for the answer.
        unsafe { sys::napi_get_boolean(self.env, value, &raw mut result) };
        result
    }
}

/// Runs the body of a callback; a panic becomes a JavaScript error.
fn guarded(
    env: sys::napi_env,
    info: sys::napi_callback_info,
    body: fn(&Call) -> sys::napi_value,
) -> sys::napi_value {
    let done = catch_unwind(AssertUnwindSafe(|| body(&Call::read(env, info))));
    done.unwrap_or_else(|_| {
        let text = c"ERR_LEAKGUARD_INTERNAL: a bug in leakguard: a weak reference panicked";
        // SAFETY: the text ends with a zero and lives for ever.
        unsafe { sys::napi_throw_error(env, ptr::null(), text.as_ptr()) };
        ptr::null_mut()
    })
}

extern "C" fn put(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    guarded(env, info, |call| {
        let made = call.table.put(call.number(0), call.arguments[1]);
        call.boolean(made)
    })
}

extern "C" fn get(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    guarded(env, info, |call| call.table.get(call.number(0)))
}

extern "C" fn remove(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    guarded(env, info, |call| {
        call.table.drop_slot(call.number(0));
        ptr::null_mut()
    })
}

extern "C" fn is_dead(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    guarded(env, info, |call| {
        let dead = call.table.is_dead(call.number(0));
        call.boolean(dead)
    })
}

extern "C" fn release(_env: sys::napi_env, data: *mut c_void, _hint: *mut c_void) {
    // SAFETY: `data` is the count that `define` gave to the function which is gone now.
    let table = unsafe { Rc::from_raw(data.cast::<Table>().cast_const()) };
    // The last one deletes references; a panic must not cross into C.
    let _ = catch_unwind(AssertUnwindSafe(move || drop(table)));
}

/// Defines a function that has a share in the table.
fn define(
    env: &Env,
    object: &mut Object<'_>,
    name: &'static CStr,
    callback: sys::napi_callback,
    table: &Rc<Table>,
) -> Result<()> {
    let data = Rc::into_raw(Rc::clone(table)).cast_mut().cast::<c_void>();
    let give_back = || release(ptr::null_mut(), data, ptr::null_mut());
    let mut function = ptr::null_mut();
    let length = name.count_bytes() as isize;
    // SAFETY: `name` has `length` bytes; `data` lives until `release` has run.
    let status = unsafe {
        sys::napi_create_function(
            env.raw(),
            name.as_ptr(),
            length,
            callback,
            data,
            &raw mut function,
        )
    };
    check_status!(status).inspect_err(|_| give_back())?;
    // SAFETY: `function` was made above; `release` runs once, when it is collected or its environment ends.
    let status = unsafe {
        sys::napi_add_finalizer(
            env.raw(),
            function,
            data,
            Some(release),
            ptr::null_mut(),
            ptr::null_mut(),
        )
    };
    check_status!(status).inspect_err(|_| give_back())?;
    // SAFETY: `function` is a handle of this environment, in the scope of the call that runs.
    let value = unsafe { Unknown::from_raw_unchecked(env.raw(), function) };
    let name = name
        .to_str()
        .map_err(|_| Error::from_status(Status::StringExpected))?;
    object.set_named_property(name, value)
}

/// A new table: `put(slot, object)` refers to it weakly (false where it is no object), `get(slot)` gives it or
/// undefined, `remove(slot)` forgets it, `isDead(slot)` tells whether it was there and has been collected.
#[napi(
    catch_unwind,
    ts_return_type = "{ put(slot: number, value: unknown): boolean, get(slot: number): any, remove(slot: number): void, isDead(slot: number): boolean }"
)]
pub fn weak_table(env: &Env) -> Result<Object<'_>> {
    let table = Rc::new(Table {
        env: env.raw(),
        refs: RefCell::new(Vec::new()),
    });
    let mut object = Object::new(env)?;
    let functions: [(&'static CStr, sys::napi_callback); 4] = [
        (c"put", Some(put)),
        (c"get", Some(get)),
        (c"remove", Some(remove)),
        (c"isDead", Some(is_dead)),
    ];
    for (name, callback) in functions {
        define(env, &mut object, name, callback, &table)?;
    }
    Ok(object)
}
