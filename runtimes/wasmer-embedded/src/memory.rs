//! Linear memory that ends at the request's limit.

use std::ptr::NonNull;

use wasmer::sys::vm::{MemoryError, MemoryStyle, TableStyle, VMMemory, VMMemoryDefinition, VMTable, VMTableDefinition};
use wasmer::sys::{BaseTunables, Tunables};
use wasmer::{MemoryType, Pages, TableType, WASM_PAGE_SIZE};

/// Wasmer's own way to make memories and tables, with a lower maximum for the memories.
pub struct Limited {
    base: BaseTunables,
    limit: Pages,
}

impl Limited {
    /// Memories of at most `bytes`, rounded down to whole pages.
    pub fn new(bytes: u64) -> Limited {
        let pages = bytes / WASM_PAGE_SIZE as u64;
        Limited { base: BaseTunables::new(), limit: Pages(u32::try_from(pages).unwrap_or(u32::MAX)) }
    }

    /// Whether a memory that begins larger can be made is for wasmer to say.
    fn lowered(&self, wanted: &MemoryType) -> MemoryType {
        let maximum = wanted.maximum.map_or(self.limit, |maximum| maximum.min(self.limit));
        MemoryType { maximum: Some(maximum), ..*wanted }
    }
}

impl Tunables for Limited {
    fn memory_style(&self, memory: &MemoryType) -> MemoryStyle {
        self.base.memory_style(memory)
    }

    fn table_style(&self, table: &TableType) -> TableStyle {
        self.base.table_style(table)
    }

    fn create_host_memory(&self, ty: &MemoryType, style: &MemoryStyle) -> Result<VMMemory, MemoryError> {
        self.base.create_host_memory(&self.lowered(ty), style)
    }

    unsafe fn create_vm_memory(
        &self,
        ty: &MemoryType,
        style: &MemoryStyle,
        vm_definition_location: NonNull<VMMemoryDefinition>,
    ) -> Result<VMMemory, MemoryError> {
        // SAFETY: the caller's promise about the location is passed on as it is.
        unsafe { self.base.create_vm_memory(&self.lowered(ty), style, vm_definition_location) }
    }

    fn create_host_table(&self, ty: &TableType, style: &TableStyle) -> Result<VMTable, String> {
        self.base.create_host_table(ty, style)
    }

    unsafe fn create_vm_table(
        &self,
        ty: &TableType,
        style: &TableStyle,
        vm_definition_location: NonNull<VMTableDefinition>,
    ) -> Result<VMTable, String> {
        // SAFETY: the caller's promise about the location is passed on as it is.
        unsafe { self.base.create_vm_table(ty, style, vm_definition_location) }
    }
}
