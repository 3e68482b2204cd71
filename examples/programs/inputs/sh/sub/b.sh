foo(){ bar;}
