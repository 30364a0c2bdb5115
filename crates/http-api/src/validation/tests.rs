mod fastapi;
