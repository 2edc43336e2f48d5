use std::collections::HashMap;
use std::rc::Rc;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Symbol(u32);

/// Each string once; a symbol is its index.
#[derive(Default)]
pub struct Interner {
    strings: Vec<Rc<str>>,
    symbols: HashMap<Rc<str>, Symbol>,
}

impl Interner {
    pub fn intern(&mut self, text: &str) -> Symbol {
        if let Some(symbol) = self.symbols.get(text) {
            return *symbol;
        }
        let symbol = Symbol(u32::try_from(self.strings.len()).expect("fewer than 2^32 strings"));
        let text: Rc<str> = text.into();
        self.strings.push(Rc::clone(&text));
        self.symbols.insert(text, symbol);
        symbol
    }

    pub fn resolve(&self, symbol: Symbol) -> &str {
        &self.strings[symbol.0 as usize]
    }
}
