"""From a finding to partial programs: the shape of each refactoring, with holes where judgement is needed."""
