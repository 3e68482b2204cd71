import {x} from "./b.js"; console.log(x + 1)
