-- Where :checkhealth looks.
return { check = require("codeindex").check }
